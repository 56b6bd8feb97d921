"""Entries between a stop and a target: said only where the close lies between them."""

from typing import NamedTuple

import numpy as np

from domain.candles import Floats
from domain.strategies.strategy import Flags


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
