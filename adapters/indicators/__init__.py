"""Indicators in Backtrader's terms, computed over arrays."""
