"""Import candles of one series: those that are new, and those whose numbers changed.

Pages are written in time order, each in one transaction. What is on the tape already is skipped,
so that an import which was cut short is completed by another.
"""

from collections.abc import Callable
from typing import Protocol

from application.recording import ExactCandles, Recorded, RecordedCandles, RecordedGaps, Recording
from application.tapes import MarketTape
from domain.candles import Series

PAGE = 10_000
"""Candles in a transaction, at most."""


class ExchangeIsScanned(Exception):
    """A scan or another import of this exchange is running; import when it has ended."""


class Lead(Protocol):
    """Who may write candles of an exchange."""

    def lead(self) -> bool:
        """Try to become the one that does."""
        ...


class Importing:
    """Brings given candles of one series onto the market tape.

    `quiet_candles`: they hold a candle for a period without a trade, so that every hole is a gap.
    """

    def __init__(
        self,
        series: Series,
        tape: MarketTape,
        lead: Lead,
        recorded: RecordedCandles,
        gaps: RecordedGaps,
        *,
        quiet_candles: bool,
    ) -> None:
        self._series = series
        self._tape = tape
        self._lead = lead
        self._recorded = recorded
        self._gaps = gaps
        self._quiet_candles = quiet_candles

    def run(self, given: ExactCandles, advance: Callable[[int], None] = lambda _: None) -> Recorded:
        """Write what the tape lacks; `advance` hears of each page. Raises ExchangeIsScanned."""
        if not self._lead.lead():
            raise ExchangeIsScanned(f"{self._series.exchange}: {ExchangeIsScanned.__doc__}")
        recording, total, end = self._recording(given), Recorded(), len(given.candles)
        for start in range(0, end, PAGE):
            page = recording.page(given, start, min(start + PAGE, end))
            total += page
            advance(page.candles)
        return total

    def _recording(self, given: ExactCandles) -> Recording:
        return Recording(
            self._series,
            self._tape,
            self._recorded,
            self._gaps,
            since=int(given.candles.open_time[0]),
            quiet_candles=self._quiet_candles,
        )
