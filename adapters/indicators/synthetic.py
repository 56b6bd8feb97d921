"""Candles made up to measure indicators on: the same on every machine, for ever.

They are made of raw bits and exact arithmetic alone. A longer series begins with the shorter one.
"""

from dataclasses import dataclass

import numpy as np

from domain.candles import Candles, Floats
from domain.strategies.strategy import Flags

_HOUR = 3_600_000
_MIDDLE, _REACH = 100.0, 80.0
_STRETCH = 128
"""Candles after which a trend turns, or a calm may begin."""


@dataclass(frozen=True, slots=True)
class Market:
    """`step`: how far a price moves in a candle; `drift`: what it adds to it, up, then down.

    `calm`: in how great a share of stretches nothing moves.
    """

    seed: int
    step: float
    drift: float = 0.0
    calm: float = 0.0


MARKETS = (
    Market(seed=1, step=0.1),
    Market(seed=2, step=3.0),
    Market(seed=3, step=0.4, drift=0.2),
    Market(seed=4, step=0.5, calm=0.25),
)


def synthetic(market: Market, count: int) -> Candles:
    """So many hourly candles of a market, prices between 20 and 180 with two decimals."""
    close = _closes(market, count)
    before = np.concatenate(([_MIDDLE], close[:-1]))
    moving = ~_is_calm(market, count)
    above, below = (
        np.round(market.step * moving * _uniform(market.seed + 10 * row, count), 2)
        for row in (1, 2)
    )
    return Candles(
        np.arange(count, dtype=np.int64) * _HOUR,
        before,
        np.maximum(before, close) + above,
        np.minimum(before, close) - below,
        close,
        np.round(100.0 * _uniform(market.seed + 30, count) ** 2, 3) + 0.001,
    )


def _closes(market: Market, count: int) -> Floats:
    """A walk of prices, mirrored where it would go too far."""
    first, second, third = (_uniform(market.seed + 10 * row, count) for row in (4, 5, 6))
    noise = first + second + third - 1.5
    turns = np.arange(count) // _STRETCH % 2
    moves = market.step * noise + market.drift * (1 - 2 * turns)
    walk = np.cumsum(np.where(_is_calm(market, count), 0.0, moves))
    mirrored = np.abs((walk + _REACH) % (4 * _REACH) - 2 * _REACH) - _REACH
    return np.round(_MIDDLE + mirrored, 2)


def _is_calm(market: Market, count: int) -> Flags:
    stretches = _uniform(market.seed + 70, count // _STRETCH + 1) < market.calm
    return np.repeat(stretches, _STRETCH)[:count]


def _uniform(seed: int, count: int) -> Floats:
    """Numbers from 0 to 1 out of raw bits, whose sequence numpy promises not to change."""
    bits = np.random.PCG64(seed).random_raw(count)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
