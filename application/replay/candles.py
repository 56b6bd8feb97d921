"""Candles of one exchange and timeframe in memory, as a period and its account see them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from domain.candles import Candle, Candles
from domain.timeframes import Timeframe
from domain.values import exact


class Before(Protocol):
    """What lies before the candles in memory."""

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        ...

    def last(self, pair: str, until: int) -> Decimal | None:
        """The close of the newest candle that opened before `until` (ms)."""
        ...


class Rows:
    """A market's candles, oldest first, found by their open time."""

    def __init__(self, candles: Candles, frame: Timeframe) -> None:
        self.candles = candles
        self.length = len(candles)
        self._first = int(candles.open_time[0]) if self.length else 0
        self._step = frame.ms
        self._is_whole = self.length > 0 and (
            int(candles.open_time[-1]) == self._first + (self.length - 1) * frame.ms
        )

    def first_from(self, open_time: int) -> int:
        """The first candle that opens not before a moment (ms)."""
        if self._is_whole:
            steps = -((self._first - open_time) // self._step)
            return min(max(steps, 0), self.length)
        return int(self.candles.open_time.searchsorted(open_time))

    def row_of(self, open_time: int) -> int | None:
        """Where the candle of that open time (ms) is."""
        row = self.first_from(open_time)
        is_there = row < self.length and self.candles.open_time.item(row) == open_time
        return row if is_there else None


class Loaded:
    """The candles by pair; what lies before them is asked of `before`."""

    def __init__(
        self, frame: Timeframe, candles: Mapping[str, Candles], before: Before | None = None
    ) -> None:
        self.frame = frame
        self.rows = {pair: Rows(each, frame) for pair, each in candles.items()}
        self._before = before

    def rows_of(self, pair: str) -> Rows:
        """The candles of a pair; none where it has none."""
        return self.rows.get(pair) or Rows(Candles.none(), self.frame)

    def candle(self, pair: str, open_time: int) -> Candle | None:
        """The exact candle of a pair that opens then (ms)."""
        rows = self.rows.get(pair)
        if rows is None:
            return None
        row = rows.row_of(open_time)
        return None if row is None else rows.candles.candle(row)

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        rows = self.rows_of(pair)
        here = self._here(rows, since, until)
        if self._before is None or rows.first_from(since) > 0:
            return here
        first = int(rows.candles.open_time[0]) if rows.length else until
        found = [here, self._before.extremes(pair, since, min(first, until))]
        there = [each for each in found if each is not None]
        return (max(h for h, _ in there), min(low for _, low in there)) if there else None

    def last(self, pair: str, until: int) -> Decimal | None:
        """The close of the newest candle that opened before `until` (ms)."""
        rows = self.rows_of(pair)
        row = rows.first_from(until)
        if row > 0:
            return exact(rows.candles.close[row - 1])
        return None if self._before is None else self._before.last(pair, until)

    def _here(self, rows: Rows, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        begin, end = rows.first_from(since), rows.first_from(until)
        if begin >= end:
            return None
        candles = rows.candles
        return exact(candles.high[begin:end].max()), exact(candles.low[begin:end].min())


class AtClose:
    """The candles as they are when a period has closed: its own, and what was before."""

    __slots__ = ("_closed_at", "_known", "_loaded")

    def __init__(self, loaded: Loaded, closed_at: int) -> None:
        self._loaded = loaded
        self._closed_at = closed_at
        self._known: dict[str, Candle | None] = {}

    def get(self, pair: str, /) -> Candle | None:
        """The period's candle of a pair."""
        if pair not in self._known:
            opened = self._closed_at - self._loaded.frame.ms
            self._known[pair] = self._loaded.candle(pair, opened)
        return self._known[pair]

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """As `Loaded.extremes`, up to the close."""
        return self._loaded.extremes(pair, since, min(until, self._closed_at))

    def last(self, pair: str) -> Decimal | None:
        """The close of the newest candle up to the period."""
        return self._loaded.last(pair, self._closed_at)
