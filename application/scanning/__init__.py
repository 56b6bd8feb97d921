"""Scanning: what an exchange says becomes facts on the market tape."""

from application.scanning.plan import ScanPlan, Universe
from application.scanning.scan import Scan

__all__ = ["Scan", "ScanPlan", "Universe"]
