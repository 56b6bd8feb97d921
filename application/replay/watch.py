"""Where a market's candles first reach a stop or target, looked for no further than needed."""

from application.replay.candles import Rows
from domain.account.waking import Bounds

_FIRST, _MOST = 64, 65_536


class Watch:
    """The first candle from an open time (ms) on that reaches the bounds."""

    __slots__ = ("_found", "_row", "bounds", "rows")

    def __init__(self, rows: Rows, bounds: Bounds, since: int) -> None:
        self.rows = rows
        self.bounds = bounds
        self._row = rows.first_from(since)
        self._found: int | None = None

    def first(self, since: int, until: int) -> int | None:
        """The open time (ms) of the first that opens from `since` on and before `until`."""
        if self._found is None or self._found < since:
            self._row = max(self._row, self.rows.first_from(since))
            self._found = self._look(self.rows.first_from(until))
        return None if self._found is None or self._found >= until else self._found

    def _look(self, end: int) -> int | None:
        """Look on up to a row, in ever longer steps."""
        candles, (_, low, high), step = self.rows.candles, self.bounds, _FIRST
        while self._row < end:
            stop = min(self._row + step, end)
            part = slice(self._row, stop)
            reached = (candles.low[part] <= low) | (candles.high[part] >= high)
            place = int(reached.argmax())
            if reached[place]:
                self._row += place
                return int(candles.open_time[self._row])
            self._row, step = stop, min(step * 4, _MOST)
        return None
