"""Import candles of one series: those that are new, and those whose numbers changed.

Pages are compared with the tape as sets and written in time order, each in one transaction. What
is on the tape already is skipped, so that an import which was cut short is completed by another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from application.ports import ScanMemory
from application.tapes import MarketTape
from domain.candles import Candle, Candles, Series
from domain.market_facts import candle_closed, candle_revised

PAGE = 10_000
"""Candles in a transaction, at most."""


class ExchangeIsScanned(Exception):
    """A scan or another import of this exchange is running; import when it has ended."""


class ExactCandles(Protocol):
    """Checked candles, oldest first, no open time twice."""

    @property
    def candles(self) -> Candles: ...

    def exact(self, start: int, stop: int) -> Sequence[Candle]:
        """Those from place `start` up to `stop`, their numbers exact."""
        ...


class RecordedCandles(Protocol):
    """Candles of an exchange and timeframe, as of a position on the market tape."""

    def between(self, pair: str, since: int, until: int, as_of: int) -> Candles:
        """Candles with `since` <= open time < `until` (ms)."""
        ...


@dataclass(frozen=True, slots=True)
class Imported:
    """How many candles became new facts, were there already, or have other numbers now."""

    written: int = 0
    unchanged: int = 0
    revised: int = 0

    @property
    def candles(self) -> int:
        return self.written + self.unchanged + self.revised

    def __add__(self, more: "Imported") -> "Imported":
        return Imported(
            self.written + more.written,
            self.unchanged + more.unchanged,
            self.revised + more.revised,
        )


class Importing:
    """Brings candles of one series onto the market tape."""

    def __init__(
        self, series: Series, tape: MarketTape, memory: ScanMemory, recorded: RecordedCandles
    ) -> None:
        self._series = series
        self._tape = tape
        self._memory = memory
        self._recorded = recorded

    def run(self, given: ExactCandles, advance: Callable[[int], None] = lambda _: None) -> Imported:
        """Write what the tape lacks; `advance` hears of each page. Raises ExchangeIsScanned."""
        if not self._memory.lead():
            raise ExchangeIsScanned(f"{self._series.exchange}: {ExchangeIsScanned.__doc__}")
        total = Imported()
        for start in range(0, len(given.candles), PAGE):
            page = self._page(given, start)
            total += page
            advance(page.candles)
        return total

    def _page(self, given: ExactCandles, start: int) -> Imported:
        page = given.candles[start : start + PAGE]
        known, same = _compared(page, self._recorded_beside(page))
        revised, unchanged = int((known & ~same).sum()), int(same.sum())
        if unchanged < len(page):
            self._record(given.exact(start, start + len(page)), known, same)
        return Imported(len(page) - unchanged - revised, unchanged, revised)

    def _recorded_beside(self, page: Candles) -> Candles:
        first, last = int(page.open_time[0]), int(page.open_time[-1])
        return self._recorded.between(self._series.pair, first, last + 1, self._tape.head())

    def _record(
        self, candles: Sequence[Candle], known: NDArray[np.bool_], same: NDArray[np.bool_]
    ) -> None:
        self._tape.record(
            [
                (candle_revised if is_known else candle_closed)(self._series, candle)
                for candle, is_known, is_same in zip(candles, known, same, strict=True)
                if not is_same
            ]
        )


def _compared(given: Candles, recorded: Candles) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which given candles are recorded, and which of them with the same numbers."""
    known = np.isin(given.open_time, recorded.open_time)
    places = np.searchsorted(recorded.open_time, given.open_time[known])
    same = known.copy()
    same[known] = np.logical_and.reduce(
        [
            getattr(given, name)[known] == getattr(recorded, name)[places]
            for name in ("open", "high", "low", "close", "volume")
        ]
    )
    return known, same
