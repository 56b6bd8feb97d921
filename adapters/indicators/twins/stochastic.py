"""Where the close lies between the extremes of some candles."""

import talib

from adapters.indicators.formula import Lines
from adapters.indicators.twins.division import quotient, until_zero
from adapters.indicators.twins.sums import exact_means
from adapters.indicators.twins.twin import Twin
from domain.candles import Candles, Floats

_FAST = {"period": 14, "period_dfast": 3, "upperband": 80.0, "lowerband": 20.0}
_SLOW = _FAST | {"period_dslow": 3}


def _fast(
    candles: Candles, *, period: int, period_dfast: int, period_dslow: int = 0, **_: float
) -> tuple[Floats, Lines]:
    """The range that is divided by, and the three lines; the last only where it is slow."""
    lowest = talib.MIN(candles.low, period)
    span = talib.MAX(candles.high, period) - lowest
    share = 100.0 * quotient(candles.close - lowest, span)
    average = exact_means(share, period_dfast)
    if not period_dslow:
        return span, (share, average)
    return span, (share, average, exact_means(average, period_dslow))


def _stochastic_fast(candles: Candles, **parameters: int) -> Lines:
    span, lines = _fast(candles, **parameters)
    return until_zero(span, *lines)


def _stochastic(candles: Candles, **parameters: int) -> Lines:
    return _stochastic_fast(candles, **parameters)[1:]


def _williams(candles: Candles, *, period: int, **_: float) -> Lines:
    highest = talib.MAX(candles.high, period)
    span = highest - talib.MIN(candles.low, period)
    return until_zero(span, quotient(-100.0 * (highest - candles.close), span))


STOCHASTIC = (
    Twin(("StochasticFast",), ("percK", "percD"), _FAST, _stochastic_fast, of_one=False),
    Twin(
        ("Stochastic", "StochasticSlow"), ("percK", "percD"), _SLOW, _stochastic, of_one=False
    ),
    Twin(
        ("StochasticFull",),
        ("percK", "percD", "percDSlow"), _SLOW, _stochastic_fast, of_one=False,
    ),
    Twin(
        ("WilliamsR",),
        ("percR",), {"period": 14, "upperband": -20.0, "lowerband": -80.0}, _williams,
        of_one=False,
    ),
)  # fmt: skip
