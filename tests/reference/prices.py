"""Rounding, slippage and fees, all of it for a long.

A short is a long in the mirror: every price is negated, high and low change places. So the
code knows one side only, and a price may be below zero here.
"""

from functools import lru_cache
from math import ceil, floor

from tests.reference.inputs import Candle, Market, Rules

EPSILON = 1e-6
"""Of a step: what is nearer to a multiple than this is that multiple."""


def mirrored(candle: Candle) -> Candle:
    """The candle as a short sees it."""
    at, open_, high, low, close, volume = candle
    return at, -open_, -low, -high, -close, volume


def rounded_down(value: float, step: float) -> float:
    """The highest multiple of the step that is not above the value."""
    return round(floor(value / step + EPSILON) * step, _decimals(step))


def affordable(stake: float, price: float, lot: float) -> float:
    """What a stake buys, at the lot; only what two divisions may lose is added."""
    return round(floor(stake / price / lot * (1 + 1e-15)) * lot, _decimals(lot))


def rounded_up(value: float, step: float) -> float:
    """The lowest multiple of the step that is not below the value."""
    return round(ceil(value / step - EPSILON) * step, _decimals(step))


def fee(price: float, quantity: float, rate: float) -> float:
    """What is paid for a fill, rounded up to eight decimals."""
    return rounded_up(abs(price) * quantity * rate, 1e-8)


def bought(price: float, candle: Candle, market: Market, rules: Rules, *, gapped: bool) -> float:
    """A price worsened for who buys; within the candle, but for a stop that was gapped."""
    slip = _slip(price, candle, rules)
    if not slip:
        return price
    worse = rounded_up(price + slip, market.tick)
    return worse if gapped else min(worse, candle[2])


def sold(price: float, candle: Candle, market: Market, rules: Rules, *, gapped: bool) -> float:
    """A price worsened for who sells; within the candle, but for a stop that was gapped."""
    slip = _slip(price, candle, rules)
    if not slip:
        return price
    worse = rounded_down(price - slip, market.tick)
    return worse if gapped else max(worse, candle[3])


def away(price: float, distance: float | None, rate: float | None) -> float | None:
    """How far a distance, or else a rate of the price, is."""
    if distance is not None:
        return distance
    return None if rate is None else abs(price) * rate


def _slip(price: float, candle: Candle, rules: Rules) -> float:
    spread = candle[2] - candle[3]
    return abs(price) * rules.slippage_points / 10_000 + spread * rules.slippage_range


@lru_cache
def _decimals(step: float) -> int:
    """How many decimals a multiple of the step can have."""
    return len(f"{step:.12f}".rstrip("0").partition(".")[2])
