"""Over the last values of each: NaN before there are enough.

A result is made of its own values only, always in the same order: the same bits wherever the
history begins.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adapters.indicators.twins.sums import exact_means
from domain.candles import Candles, Floats

_BLOCK = 4_096


def highest(values: Floats, length: int) -> Floats:
    """The highest of the last `length` values."""
    return _outermost(values, length, np.maximum)


def lowest(values: Floats, length: int) -> Floats:
    """The lowest of the last `length` values."""
    return _outermost(values, length, np.minimum)


def mean(values: Floats, length: int) -> Floats:
    """The mean of the last `length` values."""
    return exact_means(values, length)


def deviation(values: Floats, length: int) -> Floats:
    """The standard deviation of the last `length` values from their mean.

    A power of two is taken out, which costs no bit, so that no square is too small for a double.
    """
    found = np.full(len(values), np.nan)
    if length > len(values):
        return found
    _, power = np.frexp(values[:1])
    scaled = np.ldexp(values, -power)
    centre = exact_means(scaled, length)[length - 1 :]
    squares = _sums_of_squares(sliding_window_view(scaled, length), centre)
    found[length - 1 :] = np.ldexp(np.sqrt(squares / length), power)
    return found


def _sums_of_squares(runs: Floats, centre: Floats) -> Floats:
    """The sum of each run's squared distances from its centre, a block of runs at a time."""
    sums = np.empty(len(runs))
    for begin in range(0, len(runs), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        distance = runs[block] - centre[block, np.newaxis]
        sums[block] = np.square(distance, out=distance).sum(axis=1)
    return sums


def true_range(candles: Candles) -> Floats:
    """From the lowest to the highest price since the close before; the first candle has none."""
    highs = np.maximum(candles.high[1:], candles.close[:-1])
    lows = np.minimum(candles.low[1:], candles.close[:-1])
    return _behind(1, len(candles), highs - lows)


def earlier(values: Floats, by: int) -> Floats:
    """What each value was `by` candles ago."""
    return _behind(by, len(values), values[: max(0, len(values) - by)])


def _behind(missing: int, length: int, found: Floats) -> Floats:
    """An array of that length: `missing` times NaN, then what was found."""
    whole = np.full(length, np.nan)
    whole[missing:] = found
    return whole


def _outermost(values: Floats, length: int, choose: Callable[[Floats, Floats], Floats]) -> Floats:
    """Of twice as many values each time; of two overlapping spans in the end."""
    if length > len(values):
        return np.full(len(values), np.nan)
    span, found = 1, values
    while 2 * span <= length:
        found = choose(found[:-span], found[span:])
        span *= 2
    rest = length - span
    return _behind(length - 1, len(values), choose(found[: len(found) - rest], found[rest:]))
