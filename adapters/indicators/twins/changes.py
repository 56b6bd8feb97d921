"""Changes since some candles ago, and extremes since then."""

import talib

from adapters.indicators.formula import Lines
from adapters.indicators.twins.division import quotient, until_zero
from adapters.indicators.twins.smoothing import earlier
from adapters.indicators.twins.twin import Twin
from domain.candles import Floats

_PERIOD = {"period": 12}


def _momentum(values: Floats, *, period: int) -> Lines:
    return (values - earlier(values, period),)


def _momentum_oscillator(values: Floats, *, period: int, band: float) -> Lines:  # noqa: ARG001 it is only drawn
    before = earlier(values, period)
    return until_zero(before, 100.0 * quotient(values, before))


def _rate_of_change(values: Floats, *, period: int) -> Lines:
    before = earlier(values, period)
    return until_zero(before, quotient(values - before, before))


def _rate_of_change_100(values: Floats, *, period: int) -> Lines:
    before = earlier(values, period)
    return until_zero(before, 100.0 * quotient(values - before, before))


def _percent_change(values: Floats, *, period: int) -> Lines:
    before = earlier(values, period)
    return until_zero(before, quotient(values, before) - 1.0)


def _highest(values: Floats, *, period: int) -> Lines:
    return (talib.MAX(values, period),)


def _lowest(values: Floats, *, period: int) -> Lines:
    return (talib.MIN(values, period),)


CHANGES = (
    Twin(("Momentum",), ("momentum",), _PERIOD, _momentum, shortest=1),
    Twin(
        ("MomentumOscillator", "MomentumOsc"),
        ("momosc",), _PERIOD | {"band": 100.0}, _momentum_oscillator, shortest=1,
    ),
    Twin(("RateOfChange", "ROC"), ("roc",), _PERIOD, _rate_of_change, shortest=1),
    Twin(("RateOfChange100", "ROC100"), ("roc100",), _PERIOD, _rate_of_change_100, shortest=1),
    Twin(
        ("PercentChange", "PctChange"),
        ("pctchange",), {"period": 30}, _percent_change, shortest=1,
    ),
    Twin(("Highest", "MaxN"), ("highest",), {"period": 1}, _highest),
    Twin(("Lowest", "MinN"), ("lowest",), {"period": 1}, _lowest),
)  # fmt: skip
