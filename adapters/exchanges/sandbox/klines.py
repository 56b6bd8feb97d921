"""Candles as Binance writes them: rows of twelve columns, of which the last may be forming."""

from bisect import bisect_left, bisect_right
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from adapters.exchanges.forming import forming
from adapters.exchanges.sandbox.sources import Source
from domain.candles import Candle
from domain.timeframes import Timeframe
from domain.values import decimal_text

_ROWS = 100  # periods of a page


class Page(NamedTuple):
    """The rows of a fixed span of time, as JSON text, with their open times."""

    times: list[int]
    rows: list[str]


class Klines:
    """Pages of a source's candles, kept as text."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._page = lru_cache(maxsize=4_096)(self._written_page)
        self._span = lru_cache(maxsize=None)(source.span)

    def rows(
        self,
        pair: str,
        frame: Timeframe,
        now: int,
        *,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[str]:
        """The rows that opened from `start` to `end` and by `now` (ms), at most `limit`.

        With a start these are the first ones, without it the last ones; always oldest first.
        """
        times, rows = self._visible(pair, frame, now, start, end, limit)
        if times and times[-1] + frame.ms > now:
            rows[-1] = row_text(self.candle(pair, frame, times[-1], now), frame)
        return rows

    def last_open_time(self, pair: str, frame: Timeframe, now: int) -> int | None:
        """When the newest candle opened that is seen by now; None before the first one."""
        times, _ = self._visible(pair, frame, now, None, None, 1)
        return times[0] if times else None

    def candle(self, pair: str, frame: Timeframe, open_time: int, now: int) -> Candle:
        """The candle of that open time as it looks now."""
        final = self._source.candles(pair, frame, open_time, open_time + 1).candle(0)
        elapsed = now - open_time
        return final if elapsed >= frame.ms else forming(final, elapsed / frame.ms)

    def _visible(
        self, pair: str, frame: Timeframe, now: int, start: int | None, end: int | None, limit: int
    ) -> tuple[list[int], list[str]]:
        first, last = self._span(pair, frame)
        stop = min(now, last if end is None else min(end, last))
        if start is None:
            return self._last_rows(pair, frame, first, stop, limit)
        return self._first_rows(pair, frame, max(start, first), stop, limit)

    def _first_rows(
        self, pair: str, frame: Timeframe, start: int, stop: int, limit: int
    ) -> tuple[list[int], list[str]]:
        times: list[int] = []
        rows: list[str] = []
        for number in _pages(frame, start, stop):
            page = self._page(pair, frame, number)
            begin = bisect_left(page.times, start)
            end = min(bisect_right(page.times, stop), begin + limit - len(rows))
            times += page.times[begin:end]
            rows += page.rows[begin:end]
            if len(rows) == limit:
                break
        return times, rows

    def _last_rows(
        self, pair: str, frame: Timeframe, first: int, stop: int, limit: int
    ) -> tuple[list[int], list[str]]:
        times: list[int] = []
        rows: list[str] = []
        for number in reversed(_pages(frame, first, stop)):
            page = self._page(pair, frame, number)
            end = bisect_right(page.times, stop)
            begin = max(0, end - limit + len(rows))
            times = page.times[begin:end] + times
            rows = page.rows[begin:end] + rows
            if len(rows) == limit:
                break
        return times, rows

    def _written_page(self, pair: str, frame: Timeframe, number: int) -> Page:
        start = frame.anchor + number * _ROWS * frame.ms
        candles = self._source.candles(pair, frame, start, start + _ROWS * frame.ms)
        columns = (
            candles.open.tolist(),
            candles.high.tolist(),
            candles.low.tolist(),
            candles.close.tolist(),
            candles.volume.tolist(),
        )
        times = candles.open_time.tolist()
        rows = [_row(frame.ms, *values) for values in zip(times, *columns, strict=True)]
        return Page(times, rows)


def float_text(number: float) -> str:
    """The shortest text of a double, without an exponent."""
    text = repr(number)
    return text if "e" not in text else format(Decimal(text), "f")


def row_text(candle: Candle, frame: Timeframe) -> str:
    """One exact candle as a row of twelve columns."""
    opened, high, low, close, volume = map(decimal_text, candle[1:])
    tail = _tail(candle.open_time, float(candle.close), float(candle.volume), frame.ms)
    return f'[{candle.open_time},"{opened}","{high}","{low}","{close}","{volume}",{tail}]'


def _row(
    length: int, time: int, opened: float, high: float, low: float, close: float, volume: float
) -> str:
    return (
        f'[{time},"{float_text(opened)}","{float_text(high)}","{float_text(low)}",'
        f'"{float_text(close)}","{float_text(volume)}",{_tail(time, close, volume, length)}]'
    )


def _tail(time: int, close: float, volume: float, length: int) -> str:
    """Close time, turnover, number of trades, what takers bought and paid, and a zero."""
    turnover = volume * close
    trades = int(turnover / 500) + (volume > 0)
    return (
        f'{time + length - 1},"{turnover:.8f}",{trades},"{volume / 2:.8f}","{turnover / 2:.8f}","0"'
    )


def _pages(frame: Timeframe, start: int, stop: int) -> range:
    """Numbers of the pages from the one that holds `start` to the one that holds `stop`."""
    length = _ROWS * frame.ms
    if stop < start:
        return range(0)
    return range((start - frame.anchor) // length, (stop - frame.anchor) // length + 1)
