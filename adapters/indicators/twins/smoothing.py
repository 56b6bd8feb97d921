"""Averages that weigh newer values more, with Backtrader's seeds; NaN before their first value."""

from math import fsum

import numpy as np
import talib

from adapters.indicators.twins.sums import from_first, lengthened
from domain.candles import Floats


def ema(values: Floats, period: int) -> Floats:
    """The exponential average, whose seed is the mean of the first `period` values."""
    average: Floats = talib.EMA(values, period)
    return average


def wilder(values: Floats, period: int) -> Floats:
    """Wilder's average: exponential with the weight 1 / period, and the seed of `ema`.

    It is TA-Lib's of length 2 * period - 1, made to begin with that seed.
    """
    begin = from_first(values)
    if len(values) - begin < period:
        return np.full(len(values), np.nan)
    seed = fsum(values[begin : begin + period]) / period
    length = 2 * period - 1
    seeded = np.concatenate((np.full(length, seed), values[begin + period :]))
    return lengthened(ema(seeded, length)[length - 1 :], len(values))


def weighted(values: Floats, period: int) -> Floats:
    """The average whose weights are 1 for the oldest of `period` values, then 2, 3, ..."""
    count = len(values) - period + 1
    if count < 1:
        return np.full(len(values), np.nan)
    total = np.zeros(count)
    for age in range(period):
        total += (age + 1.0) * values[age : age + count]
    return lengthened(2.0 / (period * (period + 1.0)) * total, len(values))


def earlier(values: Floats, by: int) -> Floats:
    """At each row the value of `by` rows before."""
    return lengthened(values[: max(0, len(values) - by)], len(values))
