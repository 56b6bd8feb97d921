"""Candles as Binance answers them: rows of twelve columns, of which the last may be forming."""

from bisect import bisect_left, bisect_right
from functools import lru_cache

from adapters.exchanges.forming import forming
from adapters.exchanges.sandbox.pages import IN_THE_END, Pages, numbers, row_text
from adapters.exchanges.sandbox.sources import Source
from domain.candles import Candle
from domain.timeframes import Timeframe


class Klines:
    """The candles of a source, page by page."""

    def __init__(self, source: Source, pages: Pages) -> None:
        self._source = source
        self._pages = pages
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
        other = self._pages.spell(pair, frame, open_time, now)
        if other is not None and other.candle is not None:
            return other.candle
        final = self._source.candles(pair, frame, open_time, open_time + 1).candle(0)
        elapsed = now - open_time
        return final if elapsed >= frame.ms else forming(final, elapsed / frame.ms)

    def published(
        self, pair: str, frame: Timeframe, now: int, start: int | None, end: int | None, limit: int
    ) -> list[str]:
        """The rows that closed by `now`, as they are when every spell is over."""
        newest = frame.open_of(now) - frame.ms
        stop = newest if end is None else min(end, newest)
        return self._visible(pair, frame, IN_THE_END, start, stop, limit)[1]

    def _visible(
        self, pair: str, frame: Timeframe, now: int, start: int | None, end: int | None, limit: int
    ) -> tuple[list[int], list[str]]:
        first, last = self._span(pair, frame)
        stop = min(now, last if end is None else min(end, last))
        if start is None:
            return self._last_rows(pair, frame, now, first, stop, limit)
        return self._first_rows(pair, frame, now, max(start, first), stop, limit)

    def _first_rows(
        self, pair: str, frame: Timeframe, now: int, start: int, stop: int, limit: int
    ) -> tuple[list[int], list[str]]:
        times: list[int] = []
        rows: list[str] = []
        for number in numbers(frame, start, stop):
            page = self._pages.seen(pair, frame, number, now)
            begin = bisect_left(page.times, start)
            end = min(bisect_right(page.times, stop), begin + limit - len(rows))
            times += page.times[begin:end]
            rows += page.rows[begin:end]
            if len(rows) == limit:
                break
        return times, rows

    def _last_rows(
        self, pair: str, frame: Timeframe, now: int, first: int, stop: int, limit: int
    ) -> tuple[list[int], list[str]]:
        times: list[int] = []
        rows: list[str] = []
        for number in reversed(numbers(frame, first, stop)):
            page = self._pages.seen(pair, frame, number, now)
            end = bisect_right(page.times, stop)
            begin = max(0, end - limit + len(rows))
            times = page.times[begin:end] + times
            rows = page.rows[begin:end] + rows
            if len(rows) == limit:
                break
        return times, rows
