"""Sums and means of the last values, rounded once as Python's `fsum` rounds them.

A number is held as two doubles, high and low. The sum of a run is put together from the sums of
its halves, so a value knows its own run only, wherever the series begins.
"""

from collections.abc import Callable

import numpy as np
import talib
from numpy.typing import NDArray

from domain.candles import Floats

_Pair = tuple[Floats, Floats]
_LOST = 1e-4
"""A mean this much smaller than what was summed before has lost digits in a running sum."""


def from_first(values: Floats) -> int:
    """The row of the first value that is not NaN, or how many rows there are."""
    found = np.flatnonzero(~np.isnan(values))
    return int(found[0]) if len(found) else len(values)


def lengthened(values: Floats, length: int) -> Floats:
    """The values as the last of so many rows, NaN before."""
    return np.concatenate((np.full(length - len(values), np.nan), values))


def exact_means(values: Floats, period: int) -> Floats:
    """The mean of the last `period` values; NaN before there are so many."""
    known = values[from_first(values) :]
    if len(known) < period:
        return np.full(len(values), np.nan)
    return lengthened(_sums(known, period) / period, len(values))


def means(values: Floats, period: int) -> Floats:
    """The same to 1e-11, quickly: from a running sum, but where that has lost digits."""
    quick: Floats = talib.SMA(values, period)
    sizes, summed = np.abs(quick), np.abs(values)
    if np.fmin.reduce(sizes) < _LOST * np.fmax.reduce(summed):
        lost = np.flatnonzero(sizes < _LOST * greatest_so_far(summed))
        quick[lost] = means_at(values, period, lost)
    return quick


def means_at(
    values: Floats, period: int, rows: NDArray[np.intp], of: Callable[[Floats], Floats] = np.array
) -> Floats:
    """The exact means, of the values or of what `of` makes of them, at some rows that have them."""
    if len(rows) * period > len(values):
        return exact_means(of(values), period)[rows]
    runs = values[rows - np.arange(period)[::-1, None]]
    mean: Floats = _sums(of(runs), period)[0] / period
    return mean


def greatest_so_far(values: Floats) -> Floats:
    """The greatest of the values up to each."""
    greatest: Floats = np.fmax.accumulate(values)
    return greatest


def _sums(values: Floats, period: int) -> Floats:
    """The sums of all runs of `period` values along the first axis."""
    return _run_sums(values, period)[0]


def _run_sums(values: Floats, length: int) -> _Pair:
    if length == 1:
        return values, np.zeros_like(values)
    half = length // 2
    high, low = _run_sums(values, half)
    both = _added((high[:-half], low[:-half]), (high[half:], low[half:]))
    if length % 2 == 0:
        return both
    last = values[2 * half :]
    return _added((both[0][: len(last)], both[1][: len(last)]), (last, np.zeros_like(last)))


def _added(one: _Pair, other: _Pair) -> _Pair:
    """The sum of two pairs: what the sum of the high parts loses goes to the low part."""
    high = one[0] + other[0]
    of_other = high - one[0]
    lost = (one[0] - (high - of_other)) + (other[0] - of_other)
    low = lost + (one[1] + other[1])
    total = high + low
    return total, low - (total - high)
