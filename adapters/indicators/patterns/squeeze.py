"""Squeeze: a market so calm that its Bollinger bands lie inside its Keltner channel."""

import numpy as np

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.rolling import deviation, highest, lowest, mean, true_range
from domain.candles import Candles, Floats


def squeeze(
    candles: Candles, *, period: int = 20, deviations: float = 2.0, multiplier: float = 1.5
) -> tuple[Floats, Floats]:
    """Lines on (1 or 0) and momentum (a multiple of the mean true range).

    Both channels lie around the simple mean of the closes: the Bollinger bands so many
    `deviations`, the Keltner channel `multiplier` mean true ranges away. It is on where the bands
    are the narrower ones. Momentum is how far the close is from the middle: of that mean and of
    the middle between the highest and the lowest price.
    """
    ranges = mean(true_range(candles), period)
    centre = mean(candles.close, period)
    bands = deviations * deviation(candles.close, period)
    on = np.where(np.isnan(ranges), np.nan, bands < multiplier * ranges)
    prices = (highest(candles.high, period) + lowest(candles.low, period)) / 2
    return on, _in_ranges(candles.close - (prices + centre) / 2, ranges)


def _in_ranges(distance: Floats, ranges: Floats) -> Floats:
    """A market that does not move at all has no momentum."""
    return np.divide(distance, ranges, out=np.zeros(len(ranges)), where=ranges != 0)


def _warm_up(*, period: int = 20, **_: float) -> int:
    return period


SQUEEZE = Pattern(
    name="Squeeze",
    lines=("on", "momentum"),
    parameters={"period": 20, "deviations": 2.0, "multiplier": 1.5},
    values=squeeze,
    warm_up=_warm_up,
    over_prices=False,
)
