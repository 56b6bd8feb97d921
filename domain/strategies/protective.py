"""Stops and targets: how far away they are, and entries only where they lie on their sides.

`Ranges`, `Stop` and `Target` are the parameters that say so in average true ranges.
"""

from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta

from domain.candles import Floats
from domain.strategies.strategy import Flags

Ranges = Annotated[int, Meta(ge=2, le=1_000, description="candles of the average true range")]
Stop = Annotated[
    float, Meta(gt=0, le=100, description="how far the stop is from the close, in true ranges")
]
Target = Annotated[
    float, Meta(gt=0, le=100, description="how far the target is from the close, in true ranges")
]


class Entries(NamedTuple):
    """Where one side is entered, and the stop and target of each entry: prices."""

    where: Flags
    stop: Floats
    target: Floats


def longs(close: Floats, where: Flags, stop: Floats, target: Floats) -> Entries:
    """Those whose stop lies below the close and whose target lies above it."""
    return Entries(where & (stop < close) & (close < target), stop, target)


def shorts(close: Floats, where: Flags, stop: Floats, target: Floats) -> Entries:
    """Those whose stop lies above the close and whose target lies below it."""
    return Entries(where & (stop > close) & (close > target), stop, target)


def at_risk(close: Floats, stop: Floats, multiple: float) -> Floats:
    """Targets on the other side of the close, `multiple` times as far from it as the stop."""
    return close + multiple * (close - stop)


def of_side(long: Entries, short: Entries) -> tuple[Floats, Floats]:
    """The stops and targets of both sides: the short's where only it is entered."""
    is_short = short.where & ~long.where
    return (
        np.where(is_short, short.stop, long.stop),
        np.where(is_short, short.target, long.target),
    )


def stops(close: Floats, distance: Floats, short: Flags) -> Floats:
    """Prices so far from each close: above it where `short` is entered, else below it."""
    return np.where(short, close + distance, close - distance)


def protected(close: Floats, long: Flags, short: Flags, stop: Floats) -> tuple[Flags, Flags]:
    """Those entries, long and short, whose stop lies on the side of the close where they lose."""
    return long & (stop < close), short & (stop > close)
