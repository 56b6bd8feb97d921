"""Fixed blocks of a series: what is computed for a candle never depends on how much is loaded.

A series is cut by time into blocks of 256 periods. Everything for a candle is computed from a
window: the warm-up before its block, and the block up to the candle. A quiet period is skipped,
whether it is missing or came as a flat candle. After an outage the window begins anew: a hole of
more than 24 periods that is too long to be quiet for that market.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.candles import Candles, Times
from domain.gaps import IMPROBABLE, LONGEST, missing_behind, quiet_share
from domain.timeframes import Timeframe

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

BLOCK = 256
"""Periods in a block."""

BRIDGED = 24
"""So many missing periods in a row never make a window begin anew."""

CONTEXT = 256
"""Candles before a hole that say how quiet a market is."""

REACH = 8
"""A window reaches back at most so many times the periods that it needs candles."""


class LateCandle(ValueError):
    """A candle came behind its successors or with other numbers: read the window from the tape."""


class Needed(NamedTuple):
    """What a window is read from: the newest traded `candles` from `since` (ms) on."""

    since: int
    candles: int


def block_start(open_time: int, timeframe: Timeframe) -> int:
    """The open time (ms) of the first period of the block that holds `open_time`."""
    return open_time - (open_time - timeframe.anchor) % (BLOCK * timeframe.ms)


def needed(open_time: int, timeframe: Timeframe, warm_up: int) -> Needed:
    """What the window at the candle of `open_time` needs, or more."""
    before = warm_up + CONTEXT
    since = block_start(open_time, timeframe) - REACH * before * timeframe.ms
    return Needed(since, before + BLOCK)


class Window:
    """The candles of one series that are needed for what is said at its newest one.

    `begins_surely`: any longer history would give the same window.
    """

    def __init__(self, timeframe: Timeframe, warm_up: int) -> None:
        self.timeframe = timeframe
        self.warm_up = warm_up
        self.candles = Candles.none()
        self.begins_surely = False
        self._held = Candles.none()  # and those before, to judge holes by

    def extend(self, candles: Candles) -> None:
        """Take in later candles, oldest first; those held already are passed over.

        Raises LateCandle where one belongs between those held or differs from its namesake.
        """
        if not _is_ordered(candles):
            raise LateCandle(f"Candles must come oldest first. {LateCandle.__doc__}")
        traded = candles.traded()
        self._refuse_fallen_quiet(candles, traded)
        held = 0 if not len(self._held) else self._known(traded)
        if held < len(traded):
            self._hold(self._held.joined(traded[held:]))

    def reload(self, candles: Candles) -> None:
        """Begin anew from the newest candles of a series: those `needed`, or all there are."""
        self._held = Candles.none()
        self.candles = Candles.none()
        self.begins_surely = False
        self.extend(candles)

    @classmethod
    def within(cls, held: Candles, timeframe: Timeframe, warm_up: int) -> Self:
        """One of candles that are known to be whole: the context, the warm-up and a block."""
        window = cls(timeframe, warm_up)
        window._held = held.read_only()
        window.candles = window._held[CONTEXT:]
        window.begins_surely = True
        return window

    def until(self, row: int) -> "Window":
        """The window as it was at a candle of its newest block."""
        window = Window(self.timeframe, self.warm_up)
        window.candles = self.candles[: row + 1]
        window.begins_surely = self.begins_surely
        return window

    @property
    def first_row_that_may_signal(self) -> int:
        """The first row with the whole warm-up before it; may lie behind the last row.

        Such a row is always in the newest block: before it there are at most `warm_up` candles.
        """
        return self.warm_up if self.begins_surely else len(self.candles)

    @property
    def may_signal(self) -> bool:
        """Whether the newest candle has the whole warm-up before it."""
        return self.begins_surely and len(self.candles) > self.warm_up

    def _hold(self, candles: Candles) -> None:
        times = candles.open_time
        newest = int(times[-1])
        since, _ = needed(newest, self.timeframe, self.warm_up)
        block = int(np.searchsorted(times, block_start(newest, self.timeframe)))
        kept = max(block - self.warm_up - CONTEXT, int(np.searchsorted(times, since)))
        self._held = candles[kept:].read_only()
        beginning = _beginning(self._held.open_time, self.timeframe, block - kept - self.warm_up)
        self.candles = self._held[beginning.row :]
        self.begins_surely = beginning.is_sure and (self.warm_up > 0 or block > kept)

    def _refuse_fallen_quiet(self, candles: Candles, traded: Candles) -> None:
        """Raises LateCandle where a candle is held that is now said to be quiet."""
        quiet = np.setdiff1d(candles.open_time, traded.open_time, assume_unique=True)
        if np.isin(quiet, self._held.open_time).any():
            raise LateCandle(f"at {self.timeframe}: {LateCandle.__doc__}")

    def _known(self, candles: Candles) -> int:
        """How many of them, from the oldest, are not later than the newest one held."""
        times = self._held.open_time
        count = int(np.searchsorted(candles.open_time, times[-1], side="right"))
        begin = int(np.searchsorted(candles.open_time, times[0], side="left"))
        again = candles[begin:count]
        rows = np.searchsorted(times, again.open_time)
        if not _are_equal(again, self._held, rows) or self._would_reach_back(candles[:begin]):
            raise LateCandle(f"at {self.timeframe}: {LateCandle.__doc__}")
        return count

    def _would_reach_back(self, earlier: Candles) -> bool:
        """Whether candles before the first one held would have been held too."""
        times = self._held.open_time
        newest = int(times[-1])
        block = int(np.searchsorted(times, block_start(newest, self.timeframe)))
        since, _ = needed(newest, self.timeframe, self.warm_up)
        is_full = block == self.warm_up + CONTEXT
        return not is_full and bool(np.any(earlier.open_time >= since))


def windows(candles: Candles, timeframe: Timeframe, warm_up: int) -> Iterator[Window]:
    """The last window of each block and of each stretch before an outage, oldest first.

    Its rows that may signal are, in all windows together, those of the whole series.
    """
    candles = candles.traded()
    if not len(candles):
        return
    firsts = _firsts(candles.open_time, timeframe)
    plain = _are_plain(candles.open_time, timeframe, warm_up, firsts)
    bounds = pairwise((*firsts.tolist(), len(candles)))
    for is_plain, (first, end) in zip(plain.tolist(), bounds, strict=True):
        if is_plain:
            yield Window.within(candles[first - warm_up - CONTEXT : end], timeframe, warm_up)
        else:
            yield from reversed(list(_windows_of_block(candles, timeframe, warm_up, first, end)))


def _firsts(times: Times, timeframe: Timeframe) -> Rows:
    """The first row of each block."""
    blocks = (times - timeframe.anchor) // (BLOCK * timeframe.ms)
    return np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 1))


def _are_plain(times: Times, timeframe: Timeframe, warm_up: int, firsts: Rows) -> Flags:
    """Whether each block has all that a window may hold before it, and no long hole."""
    before = firsts - warm_up - CONTEXT
    starts = times[firsts] - (times[firsts] - timeframe.anchor) % (BLOCK * timeframe.ms)
    reach = REACH * (warm_up + CONTEXT) * timeframe.ms
    holes = np.flatnonzero(missing_behind(times, timeframe) > BRIDGED)
    ends = np.append(firsts[1:], len(times)) - 1
    are_whole = np.searchsorted(holes, firsts - warm_up) == np.searchsorted(holes, ends)
    are_near = times[np.maximum(before, 0)] >= starts - reach
    are_plain: Flags = (before >= 0) & are_near & are_whole
    return are_plain


def _windows_of_block(
    candles: Candles, timeframe: Timeframe, warm_up: int, first: int, end: int
) -> Iterator[Window]:
    """Those of the block's rows from `first` to `end`, newest first."""
    while end > first:
        window = Window(timeframe, warm_up)
        window.extend(candles[max(0, first - warm_up - CONTEXT) : end])
        yield window
        end -= len(window.candles)


class _Beginning(NamedTuple):
    row: int
    is_sure: bool


def _beginning(times: Times, timeframe: Timeframe, least: int) -> _Beginning:
    """The row where a window begins: `least`, or behind the last outage later than that.

    Not sure where a longer history might tell: too few candles, or too few before a long hole.
    """
    missing = missing_behind(times, timeframe)
    for row in np.flatnonzero(missing > BRIDGED)[::-1].tolist():
        if row < least:
            break
        if row < CONTEXT:
            return _Beginning(row + 1, False)
        if _is_outage(int(missing[row]), missing[row - CONTEXT : row]):
            return _Beginning(row + 1, True)
    return _Beginning(max(0, least), least >= 0)


def _is_outage(length: int, before: NDArray[np.int64]) -> bool:
    """Whether quiet does not explain a hole, by those before it.

    The longest one is set aside, for it may have been an outage itself.
    """
    longest, second = np.sort(before)[:-3:-1].tolist()
    quiet = int(before.sum()) - longest
    share = quiet_share(quiet, quiet + len(before))
    return length > LONGEST * second and length * log(share) < IMPROBABLE


def _is_ordered(candles: Candles) -> bool:
    return bool(np.all(np.diff(candles.open_time) > 0))


def _are_equal(candles: Candles, held: Candles, rows: np.ndarray) -> bool:
    """Whether candles are, number for number, those at these rows."""
    return all(
        np.array_equal(getattr(candles, column), getattr(held, column)[rows])
        for column in Candles.__slots__
    )
