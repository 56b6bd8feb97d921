"""The true range and its average."""

import numpy as np
import talib

from adapters.indicators.formula import Lines
from adapters.indicators.twins.smoothing import earlier
from adapters.indicators.twins.twin import Twin
from domain.candles import Candles, Floats


def true_range(candles: Candles) -> Floats:
    """From the lowest to the highest since the close before."""
    before = earlier(candles.close, 1)
    span: Floats = np.maximum(candles.high, before) - np.minimum(candles.low, before)
    return span


def average_true_range(candles: Candles, period: int) -> Floats:
    """Wilder's average of it."""
    average: Floats = talib.ATR(candles.high, candles.low, candles.close, period)
    return average


def _true_range(candles: Candles) -> Lines:
    return (true_range(candles),)


def _atr(candles: Candles, *, period: int) -> Lines:
    return (average_true_range(candles, period),)


RANGES = (
    Twin(("TrueRange", "TR"), ("tr",), {}, _true_range, of_one=False),
    Twin(("AverageTrueRange", "ATR"), ("atr",), {"period": 14}, _atr, of_one=False),
)
