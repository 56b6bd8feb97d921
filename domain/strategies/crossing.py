"""Where one line crosses another."""

import numpy as np

from domain.candles import Floats
from domain.strategies.strategy import Flags


def crosses_above(line: Floats, other: Floats) -> Flags:
    """Candles on which `line` is above `other` and was not on the one before."""
    crossing = np.zeros(len(line), dtype=np.bool_)
    crossing[1:] = (line[1:] > other[1:]) & (line[:-1] <= other[:-1])
    return crossing


def crosses_below(line: Floats, other: Floats) -> Flags:
    """Candles on which `line` is below `other` and was not on the one before."""
    return crosses_above(other, line)
