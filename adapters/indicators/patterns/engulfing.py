"""Engulfing at support: buyers take back a whole candle where the price turned before; mirrored."""

import numpy as np

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.pivots import (
    newest,
    pivot_lows,
    prices_of,
    rows_from,
    upside_down,
)
from adapters.indicators.patterns.wilder import atr
from adapters.indicators.warm_up import wilder
from domain.candles import Candles, Floats
from domain.strategies.strategy import Flags

_DEFAULTS = {"left": 5, "right": 3, "within": 100, "near": 0.5, "period": 14}


def engulfing(
    candles: Candles,
    *,
    left: int = 5,
    right: int = 3,
    within: int = 100,
    near: float = 0.5,
    period: int = 14,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lines bullish, bearish (1 or 0), support and resistance: prices, NaN where none is near.

    A support is the price of a confirmed pivot low at most `within` candles ago, before the
    previous candle. No candle has closed below it since, but for the previous one, and this one
    closes above it. It is told, the newest of several, where the lower low of these two candles
    lies at most `near` average true ranges (Wilder's, of `period`) from it.

    Bullish: so it is at a candle that closes up after one that closed down, whose body covers the
    previous one's and is larger. Bearish is the mirror image, at a resistance.
    """
    reach = near * atr(candles, period)
    bullish, support = _bullish(candles, reach, left, right, within)
    bearish, resistance = _bullish(upside_down(candles), reach, left, right, within)
    return bullish, bearish, support, -resistance


def _bullish(
    candles: Candles, reach: Floats, left: int, right: int, within: int
) -> tuple[Floats, Floats]:
    support = _support(candles, reach, left, right, within)
    found = _engulfs(candles) & np.isfinite(support)
    return found.astype(np.float64), support


def _engulfs(candles: Candles) -> Flags:
    """Where a body that closes up covers the previous one, which closed down."""
    open_, close = candles.open, candles.close
    engulfs = np.zeros(len(candles), dtype=np.bool_)
    covers = (open_[1:] <= close[:-1]) & (close[1:] >= open_[:-1])
    is_larger = (open_[1:] < close[:-1]) | (close[1:] > open_[:-1])
    engulfs[1:] = covers & is_larger & (close[:-1] < open_[:-1]) & (close[1:] > open_[1:])
    return engulfs


def _support(candles: Candles, reach: Floats, left: int, right: int, within: int) -> Floats:
    pivots = pivot_lows(candles, left, right)
    rows, exists = rows_from(pivots, within + 1, len(candles))
    level = candles.low[pivots][:, np.newaxis]
    is_known = exists & (np.arange(within + 1) >= max(right, 2))
    is_near = np.abs(_lower_of_two(candles.low)[rows] - level) <= reach[rows]
    held = _held_until_two_before(candles.close[rows] >= level)
    told = is_known & is_near & held & (candles.close[rows] > level)
    return prices_of(newest(told, rows, len(candles)), candles.low[pivots])


def _lower_of_two(low: Floats) -> Floats:
    """The lower of each low and the one before."""
    return np.minimum(low, np.concatenate((low[:1], low[:-1])))


def _held_until_two_before(holds: Flags) -> Flags:
    """Whether, in its line, all hold from the first on to the second before each."""
    held = np.ones_like(holds)
    held[:, 2:] = np.logical_and.accumulate(holds, axis=1)[:, :-2]
    return held


def _warm_up(*, left: int = 5, within: int = 100, period: int = 14, **_: float) -> int:
    return max(left + within, wilder(period))


ENGULFING = Pattern(
    name="EngulfingAtSupport",
    lines=("bullish", "bearish", "support", "resistance"),
    parameters=_DEFAULTS,
    values=engulfing,
    warm_up=_warm_up,
)
