"""Bands around a mean, and the deviation from it."""

import numpy as np
import talib

from adapters.indicators.formula import Lines
from adapters.indicators.twins.division import quotient, until_zero
from adapters.indicators.twins.sums import exact_means, greatest_so_far, means_at
from adapters.indicators.twins.twin import Twin
from domain.candles import Floats

_CALM = 2e-4
"""A deviation so small a part of the values that its rounding shows in the bands."""


def _bands(values: Floats, *, period: int, devfactor: float) -> Lines:
    """Backtrader's deviation is a difference of two means, which calm markets make imprecise.

    There its steps are followed to the bit, elsewhere a running sum is as good.
    """
    squares = values * values
    mid, deviation = talib.SMA(values, period), talib.SMA(squares, period)
    deviation -= mid * mid
    np.sqrt(np.abs(deviation, out=deviation), out=deviation)
    calm = np.flatnonzero(deviation * np.abs(mid) < _CALM * greatest_so_far(squares))
    if len(calm):
        mid[calm] = means_at(values, period, calm)
        deviation[calm] = _root(means_at(values, period, calm, _squared), mid[calm])
    deviation *= devfactor
    return mid, mid + deviation, mid - deviation


def _bands_pct(values: Floats, *, period: int, devfactor: float) -> Lines:
    mid, deviation = _deviation(values, period)
    wide = devfactor * deviation
    top, bot = mid + wide, mid - wide
    share = quotient(values - bot, top - bot)
    return until_zero(top - bot, mid, top, bot, share)


def _standard_deviation(values: Floats, *, period: int) -> Lines:
    return (_deviation(values, period)[1],)


def _deviation(values: Floats, period: int) -> tuple[Floats, Floats]:
    """The mean, and the root of the mean square less the squared mean."""
    mean = exact_means(values, period)
    return mean, _root(exact_means(_squared(values), period), mean)


def _root(mean_square: Floats, mean: Floats) -> Floats:
    root: Floats = np.sqrt(np.abs(mean_square - _squared(mean)))
    return root


def _squared(values: Floats) -> Floats:
    """As Python's `pow`, whose last bit is not always that of a product."""
    squared: Floats = np.float_power(values, 2.0)
    return squared


_BOLLINGER = {"period": 20, "devfactor": 2.0}
BANDS = (
    Twin(
        ("BollingerBands", "BBands"),
        ("mid", "top", "bot"), _BOLLINGER, _bands, over_prices=True,
    ),
    Twin(
        ("BollingerBandsPct",),
        ("mid", "top", "bot", "pctb"), _BOLLINGER, _bands_pct, over_prices=True,
    ),
    Twin(("StandardDeviation", "StdDev"), ("stddev",), {"period": 20}, _standard_deviation),
)  # fmt: skip
