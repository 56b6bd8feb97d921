"""The closes of a timeframe, each with its place in the order in which trading sees them."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from domain.candles import Times
from domain.timeframes import Timeframe

Moments: TypeAlias = "array[int]"
"""Moments (ms) or places, ascending: as small as an array, as quick to search as a list."""

_RANKS = 64


def moments(times: Times) -> Moments:
    """The same, to be searched one by one."""
    return array("q", times.astype(np.int64, copy=False).tobytes())


class Closes:
    """Closes (ms) of a timeframe, ascending; `places` order those of all timeframes.

    `seen_at` (ms) is the exchange's clock when they were seen.
    """

    __slots__ = ("at", "frame", "places", "seen_at")

    def __init__(self, frame: Timeframe, at: Times, places: Times, seen_at: Times) -> None:
        self.frame = frame
        self.at = moments(at)
        self.places = moments(places)
        self.seen_at = moments(seen_at)

    def __len__(self) -> int:
        return len(self.at)

    def first_from(self, moment: int) -> int:
        """The first close not before a moment (ms); their number if there is none."""
        return bisect_left(self.at, moment)

    def first_behind(self, place: int) -> int:
        """The first close behind a place."""
        return bisect_right(self.places, place)


def derived(frames: Sequence[Timeframe], since: int, until: int) -> dict[str, Closes]:
    """All closes of the timeframes with `since` < close <= `until` (ms), seen at once.

    At equal close the shorter timeframe comes first.
    """
    ranked = sorted(set(frames), key=lambda frame: (frame.ms, frame.name))
    return {frame.name: _every(frame, rank, since, until) for rank, frame in enumerate(ranked)}


def _every(frame: Timeframe, rank: int, since: int, until: int) -> Closes:
    at = np.arange(frame.open_of(since) + frame.ms, until + 1, frame.ms, dtype=np.int64)
    return Closes(frame, at, at * _RANKS + rank, at)


def place_of(close: int) -> int:
    """The place of everything that closes at a moment (ms) in derived closes: behind it."""
    return close * _RANKS + _RANKS - 1
