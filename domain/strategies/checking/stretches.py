"""The windows of a series that a strategy is checked on: those that trading would ask about."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from domain.blocks import BLOCK, BRIDGED, CONTEXT, Window
from domain.candles import Candles
from domain.strategies.checking.findings import CheckSeries, Spot
from domain.timeframes import Timeframe

MOST_SHOWN = 500_000
"""All windows of a series have so many candles at most; else some windows are passed over."""


class Stretch(NamedTuple):
    """A window: rows `start` to `end` of a series' traded candles; from `first` on it may signal.

    A series too short for any signal is one stretch whose `first` is its `end`.
    """

    series: CheckSeries
    traded: Candles
    start: int
    first: int
    end: int

    @property
    def candles(self) -> Candles:
        return self.traded[self.start : self.end]

    @property
    def signals(self) -> slice:
        """The rows of its own that may signal."""
        return slice(self.first - self.start, self.end - self.start)

    def spot(self, row: int) -> Spot:
        """Where a row of its own is."""
        return Spot(self.series, int(self.traded.open_time[self.start + row]))


def stretches(series: CheckSeries, frame: Timeframe, warm_up: int) -> list[Stretch]:
    """The windows of a series, oldest first: that of each block and before each long hole."""
    traded = series.candles.traded()
    found = list(_those_that_may_signal(series, traded, frame, warm_up))
    return found or [Stretch(series, traded, 0, len(traded), len(traded))]


def _those_that_may_signal(
    series: CheckSeries, traded: Candles, frame: Timeframe, warm_up: int
) -> Iterator[Stretch]:
    parts = _parts(traded, frame)
    late = [part for part in parts if part[1] > warm_up]
    most = max(8, MOST_SHOWN // (warm_up + BLOCK))
    for first, end in late[:: max(1, -(-len(late) // most))]:
        window = Window(frame, warm_up)
        window.extend(traded[max(0, first - warm_up - CONTEXT) : end])
        if window.may_signal:
            start = end - len(window.candles)
            may_signal = max(first, start + window.first_row_that_may_signal)
            yield Stretch(series, traded, start, may_signal, end)


def _parts(traded: Candles, frame: Timeframe) -> list[tuple[int, int]]:
    """The rows of each block; parts of them where long holes divide one."""
    times = traded.open_time
    blocks = (times - frame.anchor) // (BLOCK * frame.ms)
    is_edge = np.diff(blocks) > 0
    is_edge |= np.diff(times) > (BRIDGED + 1) * frame.ms
    return list(pairwise((0, *(np.flatnonzero(is_edge) + 1).tolist(), len(traded))))
