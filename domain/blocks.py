"""Fixed blocks of a series: what is computed for a candle never depends on how much is loaded.

A series is cut by time into blocks of 256 periods. Everything for a candle is computed from a
window: the warm-up before its block, and the block up to the candle. A quiet period is skipped;
after an outage (more than 24 periods without a candle) the window starts anew.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from domain.candles import Candles
from domain.timeframes import Timeframe

BLOCK = 256
"""Periods in a block."""

OUTAGE = 24
"""More missing periods in a row than this are an outage, fewer are quiet."""


class LateCandle(ValueError):
    """A candle came behind its successors or with other numbers: read the window from the tape."""


def block_start(open_time: int, timeframe: Timeframe) -> int:
    """The open time (ms) of the first period of the block that holds `open_time`."""
    return open_time - (open_time - timeframe.anchor) % (BLOCK * timeframe.ms)


def candles_needed(warm_up: int) -> int:
    """So many newest candles of a series always hold its whole window."""
    return warm_up + BLOCK


class Window:
    """The candles of one series that are needed for what is said at its newest one."""

    def __init__(self, timeframe: Timeframe, warm_up: int) -> None:
        self.timeframe = timeframe
        self.warm_up = warm_up
        self.candles = Candles.none()

    def extend(self, candles: Candles) -> None:
        """Take in later candles, oldest first; those held already are passed over.

        Raises LateCandle where one belongs between those held or differs from its namesake.
        """
        if not _is_ordered(candles):
            raise LateCandle(f"Candles must come oldest first. {LateCandle.__doc__}")
        held = 0 if not len(self.candles) else self._held(candles)
        if held < len(candles):
            joined = self.candles.joined(candles[held:])
            self.candles = joined[_start(joined, self.timeframe, self.warm_up) :]

    def reload(self, candles: Candles) -> None:
        """Begin anew from the newest candles of a series: `candles_needed`, or all there are."""
        self.candles = Candles.none()
        self.extend(candles)

    @property
    def first_row_that_may_signal(self) -> int:
        """The first row with the whole warm-up before it; may lie behind the last row.

        Such a row is always in the newest block: before it there are at most `warm_up` candles.
        """
        return self.warm_up

    @property
    def may_signal(self) -> bool:
        """Whether the newest candle has the whole warm-up before it."""
        return len(self.candles) > self.warm_up

    def _held(self, candles: Candles) -> int:
        """How many of them, from the oldest, are not later than the newest one held."""
        times = self.candles.open_time
        count = int(np.searchsorted(candles.open_time, times[-1], side="right"))
        begin = int(np.searchsorted(candles.open_time, times[0], side="left"))
        again = candles[begin:count]
        rows = np.searchsorted(times, again.open_time)
        if not _are_equal(again, self.candles, rows) or self._would_reach_back(candles[:begin]):
            raise LateCandle(f"at {self.timeframe}: {LateCandle.__doc__}")
        return count

    def _would_reach_back(self, earlier: Candles) -> bool:
        """Whether candles before the window's first would have been part of it."""
        times = self.candles.open_time
        start = block_start(int(times[-1]), self.timeframe)
        is_full = int(np.searchsorted(times, start)) == self.warm_up
        if is_full or not len(earlier):
            return False
        return not _is_outage(int(earlier.open_time[-1]), int(times[0]), self.timeframe)


def windows(candles: Candles, timeframe: Timeframe, warm_up: int) -> Iterator[Window]:
    """The last window of each block and of each stretch before an outage, oldest first.

    Its rows that may signal are, in all windows together, those of the whole series.
    """
    if not len(candles):
        return
    blocks = (candles.open_time - timeframe.anchor) // (BLOCK * timeframe.ms)
    anew = np.diff(candles.open_time) > (OUTAGE + 1) * timeframe.ms
    cuts = np.flatnonzero(anew | (np.diff(blocks) != 0)) + 1
    for begin, end in pairwise((0, *cuts.tolist(), len(candles))):
        window = Window(timeframe, warm_up)
        window.extend(candles[max(0, begin - warm_up) : end])
        yield window


def _start(candles: Candles, timeframe: Timeframe, warm_up: int) -> int:
    """The first row that the newest candle's window needs."""
    times = candles.open_time
    outages = np.flatnonzero(np.diff(times) > (OUTAGE + 1) * timeframe.ms)
    after_outage = int(outages[-1]) + 1 if len(outages) else 0
    block = int(np.searchsorted(times, block_start(int(times[-1]), timeframe)))
    return max(after_outage, block - warm_up)


def _is_outage(earlier: int, later: int, timeframe: Timeframe) -> bool:
    return later - earlier > (OUTAGE + 1) * timeframe.ms


def _is_ordered(candles: Candles) -> bool:
    return bool(np.all(np.diff(candles.open_time) > 0))


def _are_equal(candles: Candles, held: Candles, rows: np.ndarray) -> bool:
    """Whether candles are, number for number, those at these rows."""
    return all(
        np.array_equal(getattr(candles, column), getattr(held, column)[rows])
        for column in Candles.__slots__
    )
