"""Holes in a series: outages told from quiet periods.

Where an exchange publishes quiet periods as flat candles, every hole is an outage. Where it leaves
them out, a hole is an outage if such a silence is too improbable for that market: with `p` the
share of quiet periods among the 256 candles before, p to the power of its length is below 1e-9,
and it is more than three times as long as the longest quiet run there.
"""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.candles import Times
from domain.timeframes import Timeframe

SEEN = 256
"""Candles before a hole that say how quiet a market is."""

IMPROBABLE = log(1e-9)
LONGEST = 3


class Hole(NamedTuple):
    """Missing candles: open times from `since` up to `until` (ms), so many."""

    since: int
    until: int
    candles: int


def holes(open_times: Times, frame: Timeframe) -> list[Hole]:
    """All holes between ascending open times."""
    return _holes(open_times, frame, np.flatnonzero(missing_behind(open_times, frame)))


def outages(open_times: Times, frame: Timeframe, *, quiet_candles: bool) -> list[Hole]:
    """The holes that quiet does not explain; give 256 candles before the first one in question."""
    if quiet_candles:
        return holes(open_times, frame)
    missing = missing_behind(open_times, frame)
    quiet = missing.copy()
    found = []
    for place in np.flatnonzero(missing).tolist():
        before = quiet[max(0, place - SEEN) : place]
        if _is_outage(int(missing[place]), before):
            quiet[place] = 0
            found.append(place)
    return _holes(open_times, frame, found)


def quiet_share(quiet: int, periods: int) -> float:
    """The share of quiet periods, by the rule of succession: never 0, never 1."""
    return (quiet + 1) / (periods + 2)


def is_dead(shares: Iterable[float], periods: int) -> bool:
    """Whether markets with these quiet shares would hardly all be silent for so many periods."""
    return periods * sum(map(log, shares)) < IMPROBABLE


def _is_outage(length: int, before: NDArray[np.int64]) -> bool:
    quiet = int(before.sum())
    share = quiet_share(quiet, quiet + len(before))
    longest = int(before.max(initial=0))
    return length > LONGEST * longest and is_dead([share], length)


def missing_behind(open_times: Times, frame: Timeframe) -> NDArray[np.int64]:
    """How many candles are missing behind each one but the last."""
    return np.asarray(np.diff(open_times) // frame.ms - 1, dtype=np.int64)


def _holes(open_times: Times, frame: Timeframe, places: Iterable[int]) -> list[Hole]:
    return [
        Hole(since, until, (until - since) // frame.ms)
        for place in places
        for since, until in [(int(open_times[place]) + frame.ms, int(open_times[place + 1]))]
    ]
