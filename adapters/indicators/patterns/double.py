"""Double bottom: two lows at one level, then a close above the high between them; double top.

A double top is the double bottom of the candles upside down.
"""

from typing import Any, NamedTuple

import numpy as np

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.pivots import (
    Rows,
    lowest,
    newest,
    pairs,
    pivot_lows,
    prices_of,
    rows_from,
    upside_down,
)
from domain.candles import Candles, Floats

_DEFAULTS = {
    "left": 5,
    "right": 3,
    "within": 100,
    "apart": 10,
    "tolerance": 0.15,
    "height": 0.02,
}


def double_bottom(
    candles: Candles,
    *,
    left: int = 5,
    right: int = 3,
    within: int = 100,
    apart: int = 10,
    tolerance: float = 0.15,
    height: float = 0.02,
) -> tuple[Floats, Floats, Floats]:
    """Lines found (1 or 0), neckline and level: prices, NaN where no pattern is forming.

    The bottoms are two pivot lows at least `apart` candles from each other; the lower one is the
    level, and no candle between them is lower. The neckline is the highest high between them, at
    least `height` (a share of the level) above the level. The bottoms differ by at most
    `tolerance`, a share of that distance.

    It forms from the candle that confirms the second bottom on, and is found at the first close
    above the neckline since that bottom. It is given up at a close below the level, at a break
    before the bottom is confirmed, and `within` candles after the first bottom. Of several, one
    that is found is told before others, and then the one of the newest bottoms.
    """
    earlier, later = pairs(pivot_lows(candles, left, right), within)
    far = later - earlier >= max(apart, 2)
    shapes = _shapes(candles, earlier[far], later[far], tolerance, height)
    return _lines(candles, shapes, right, within)


def double_top(candles: Candles, **parameters: Any) -> tuple[Floats, Floats, Floats]:
    """The same of two pivot highs and the lowest low between them; parameters as there."""
    found, neckline, level = double_bottom(upside_down(candles), **parameters)
    return found, -neckline, -level


class _Shapes(NamedTuple):
    """Pairs of bottoms, by their rows, and the prices that they make; the newest last."""

    first: Rows
    second: Rows
    neckline: Floats
    level: Floats


def _shapes(
    candles: Candles, earlier: Rows, later: Rows, tolerance: float, height: float
) -> _Shapes:
    """Those of the pairs of lows that have the shape of a double bottom."""
    low, other = candles.low[earlier], candles.low[later]
    level = np.minimum(low, other)
    neckline = -lowest(-candles.high, earlier + 1, later)
    distance = neckline - level
    is_shaped = (
        (lowest(candles.low, earlier, later) >= level)
        & (distance >= height * np.abs(level))
        & (np.abs(low - other) <= tolerance * distance)
    )
    newest_last = np.lexsort((earlier, later))
    chosen = newest_last[is_shaped[newest_last]]
    return _Shapes(earlier[chosen], later[chosen], neckline[chosen], level[chosen])


def _lines(
    candles: Candles, shapes: _Shapes, right: int, within: int
) -> tuple[Floats, Floats, Floats]:
    """What becomes of the shapes, followed through the candles from their second bottoms on."""
    rows, exists = rows_from(shapes.second, within + 1, len(candles))
    age = np.arange(within + 1)
    close = candles.close[rows]
    is_break = close > shapes.neckline[:, np.newaxis]
    is_end = is_break | (close < shapes.level[:, np.newaxis])
    end = np.where(is_end.any(axis=1), is_end.argmax(axis=1), within + 1)[:, np.newaxis]
    is_told = exists & (age >= right) & (rows - shapes.first[:, np.newaxis] <= within)
    forming = newest(is_told & (age < end), rows, len(candles))
    found = newest(is_told & (age == end) & is_break, rows, len(candles))
    told = np.where(found >= 0, found, forming)
    return (
        (found >= 0).astype(np.float64),
        prices_of(told, shapes.neckline),
        prices_of(told, shapes.level),
    )


def _warm_up(*, left: int = 5, within: int = 100, **_: float) -> int:
    return left + within


DOUBLE_BOTTOM, DOUBLE_TOP = (
    Pattern(name, ("found", "neckline", "level"), _DEFAULTS, values, _warm_up)
    for name, values in (("DoubleBottom", double_bottom), ("DoubleTop", double_top))
)
