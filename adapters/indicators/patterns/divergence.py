"""Divergence: the price makes a new low, but Wilder's RSI does not; or mirrored, a new high."""

import numpy as np

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.pivots import lowest, pairs, pivot_lows, upside_down
from adapters.indicators.patterns.wilder import rsi
from adapters.indicators.warm_up import wilder
from domain.candles import Candles, Floats

_DEFAULTS = {
    "period": 14,
    "left": 5,
    "right": 3,
    "within": 60,
    "oversold": 30.0,
    "overbought": 70.0,
}


def divergence(
    candles: Candles,
    *,
    period: int = 14,
    left: int = 5,
    right: int = 3,
    within: int = 60,
    oversold: float = 30.0,
    overbought: float = 70.0,
) -> tuple[Floats, Floats, Floats]:
    """Lines bullish, bearish (1 or 0) and rsi, whose `period` it is.

    Bullish, at the candle that confirms a pivot low: at most `within` candles before it lies
    another one, the low is below all lows since then, and the index is higher than it was there,
    where it was below `oversold`. Bearish is the mirror image, above `overbought`.
    """
    index = rsi(candles, period)
    bullish = _bullish(candles, index, left, right, within, oversold)
    bearish = _bullish(upside_down(candles), -index, left, right, within, -overbought)
    return bullish, bearish, index


def _bullish(
    candles: Candles, index: Floats, left: int, right: int, within: int, oversold: float
) -> Floats:
    earlier, later = pairs(pivot_lows(candles, left, right), within)
    is_new_low = candles.low[later] < lowest(candles.low, earlier, later)
    is_stronger = (index[later] > index[earlier]) & (index[earlier] < oversold)
    found = np.zeros(len(candles))
    found[later[is_new_low & is_stronger] + right] = 1.0
    return found


def _warm_up(
    *, period: int = 14, left: int = 5, right: int = 3, within: int = 60, **_: float
) -> int:
    return right + within + max(left, wilder(period))


RSI_DIVERGENCE = Pattern(
    name="RSIDivergence",
    lines=("bullish", "bearish", "rsi"),
    parameters=_DEFAULTS,
    values=divergence,
    warm_up=_warm_up,
    over_prices=False,
)
