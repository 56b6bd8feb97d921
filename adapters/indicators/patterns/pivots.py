"""Pivots: candles whose low is the lowest around, known only when the candles after them are over.

All is told of lows; highs are the lows of the candles upside down.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from domain.candles import Candles, Floats
from domain.strategies.strategy import Flags

Rows = NDArray[np.intp]


def pivot_lows(candles: Candles, left: int, right: int) -> Rows:
    """Rows whose low is the first lowest of the `left` before, itself and the `right` after.

    Oldest first. A pivot is known `right` candles later, and not before.
    """
    span = left + 1 + right
    if len(candles) < span:
        return np.empty(0, dtype=np.intp)
    first_lowest = sliding_window_view(candles.low, span).argmin(axis=1)
    return np.flatnonzero(first_lowest == left) + left


def pairs(pivots: Rows, within: int) -> tuple[Rows, Rows]:
    """Every two pivots at most `within` candles apart: the earlier ones and the later ones.

    First all neighbours, then those with one pivot between them, and so on.
    """
    earlier, later = [pivots[:0]], [pivots[:0]]
    for back in range(1, len(pivots)):
        near = pivots[back:] - pivots[:-back] <= within
        if not near.any():
            break
        earlier.append(pivots[:-back][near])
        later.append(pivots[back:][near])
    return np.concatenate(earlier), np.concatenate(later)


def lowest(prices: Floats, begin: Rows, end: Rows) -> Floats:
    """The lowest price from each `begin` on to before its `end`, which lies behind it."""
    bounds = np.stack((begin, end), axis=1).ravel()
    return np.asarray(np.minimum.reduceat(prices, bounds)[::2], dtype=np.float64)


def rows_from(rows: Rows, count: int, length: int) -> tuple[Rows, Flags]:
    """For each row a line of the `count` rows from it on, and which of these are below `length`.

    Those that are not stand as the last row.
    """
    lines = rows[:, np.newaxis] + np.arange(count)
    return np.minimum(lines, length - 1), lines < length


def newest(told: Flags, rows: Rows, length: int) -> Rows:
    """For each of `length` candles the last of the lines of `rows` that tell something at it.

    -1 where none does.
    """
    lines = np.full(length, -1, dtype=np.intp)
    np.maximum.at(lines, rows[told], np.nonzero(told)[0])
    return lines


def prices_of(lines: Rows, prices: Floats) -> Floats:
    """The price that belongs to each of these lines, NaN where there is none."""
    return np.append(prices, np.nan)[lines]


def upside_down(candles: Candles) -> Candles:
    """The candles with their prices negated, exactly: highs are lows, tops are bottoms."""
    return Candles(
        candles.open_time,
        -candles.open,
        -candles.low,
        -candles.high,
        -candles.close,
        candles.volume,
    )
