"""Stops so far from the close, and entries only where a stop protects."""

import numpy as np

from domain.candles import Floats
from domain.strategies.strategy import Flags


def stops(close: Floats, distance: Floats, short: Flags) -> Floats:
    """Prices so far from each close: above it where `short` is entered, else below it."""
    return np.where(short, close + distance, close - distance)


def protected(close: Floats, long: Flags, short: Flags, stop: Floats) -> tuple[Flags, Flags]:
    """Those entries, long and short, whose stop lies on the side of the close where they lose."""
    return long & (stop < close), short & (stop > close)
