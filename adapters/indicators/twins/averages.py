"""Moving averages."""

from math import isqrt

from adapters.indicators.formula import Lines
from adapters.indicators.twins.smoothing import ema, weighted, wilder
from adapters.indicators.twins.sums import means
from adapters.indicators.twins.twin import Twin
from domain.candles import Floats

_PERIOD = {"period": 30}


def _sma(values: Floats, *, period: int) -> Lines:
    return (means(values, period),)


def _ema(values: Floats, *, period: int) -> Lines:
    return (ema(values, period),)


def _smma(values: Floats, *, period: int) -> Lines:
    return (wilder(values, period),)


def _wma(values: Floats, *, period: int) -> Lines:
    return (weighted(values, period),)


def _hma(values: Floats, *, period: int) -> Lines:
    quick = 2.0 * weighted(values, period // 2) - weighted(values, period)
    return (weighted(quick, isqrt(period)),)


def _dema(values: Floats, *, period: int) -> Lines:
    once = ema(values, period)
    return (2.0 * once - ema(once, period),)


def _tema(values: Floats, *, period: int) -> Lines:
    once = ema(values, period)
    twice = ema(once, period)
    return (3.0 * once - 3.0 * twice + ema(twice, period),)


AVERAGES = (
    Twin(
        ("MovingAverageSimple", "SMA", "SimpleMovingAverage"),
        ("sma",), _PERIOD, _sma, over_prices=True,
    ),
    Twin(
        ("ExponentialMovingAverage", "EMA", "MovingAverageExponential"),
        ("ema",), _PERIOD, _ema, over_prices=True,
    ),
    Twin(
        ("SmoothedMovingAverage", "SMMA", "WilderMA", "MovingAverageSmoothed",
         "MovingAverageWilder", "ModifiedMovingAverage"),
        ("smma",), _PERIOD, _smma, over_prices=True,
    ),
    Twin(
        ("WeightedMovingAverage", "WMA", "MovingAverageWeighted"),
        ("wma",), _PERIOD, _wma, over_prices=True,
    ),
    Twin(
        ("HullMovingAverage", "HMA", "HullMA"),
        ("hma",), _PERIOD, _hma, over_prices=True, shortest=4,
    ),
    Twin(
        ("DoubleExponentialMovingAverage", "DEMA", "MovingAverageDoubleExponential"),
        ("dema",), _PERIOD, _dema, over_prices=True,
    ),
    Twin(
        ("TripleExponentialMovingAverage", "TEMA", "MovingAverageTripleExponential"),
        ("tema",), _PERIOD, _tema, over_prices=True,
    ),
)  # fmt: skip
