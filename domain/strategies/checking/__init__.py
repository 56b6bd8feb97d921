"""The checks before a strategy may trade: that it says in trading what it says of the past.

In order, the first finding refuses: that it runs on any candles and loses no entry, says the same
when asked again, never looks ahead, and forgets within its warm-up where the history began.
"""

from domain.strategies.checking.check import SeriesFor, check
from domain.strategies.checking.findings import Checked, CheckSeries, Finding, Refused
from domain.strategies.checking.inspection import Progress

__all__ = ["CheckSeries", "Checked", "Finding", "Progress", "Refused", "SeriesFor", "check"]
