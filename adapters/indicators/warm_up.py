"""How many candles an indicator needs until its values forget where its history began.

What follows from the formulas of the common families; `measured` finds out that of any other.
"""

from math import ceil, log

from adapters.indicators.parameters import numbers
from adapters.indicators.twins import TWINS
from domain.strategies.strategy import Indicator

SETTLED = 1e-13
"""What may be left of the error of a seed: 1e-11 of the value, measured on recorded candles."""


def smoothed(weight: float, length: int) -> int:
    """Candles until an exponential average (weight of the newest value) forgets its seed.

    The seed is the mean of the first `length` values; its error shrinks by 1 - weight a candle.
    """
    if weight >= 1:
        return length
    return length + ceil(log(SETTLED) / log(1 - weight))


def ema(length: int) -> int:
    """The warm-up of an exponential moving average, whose weight is 2 / (length + 1)."""
    return smoothed(2 / (length + 1), length)


def wilder(length: int) -> int:
    """The warm-up of Wilder's smoothing, whose weight is 1 / length."""
    return smoothed(1 / length, length) + 1


def known_warm_up(indicator: Indicator) -> int | None:
    """The candles before one on which an indicator is right to 1e-11.

    None where there is no formula for its name and parameters.
    """
    twin = None if indicator.own else TWINS.get(indicator.name)
    if twin is None or not {name for name, _ in indicator.parameters} <= set(twin.parameters):
        return None
    given = numbers(indicator, twin.parameters)
    match twin.names[0]:
        case "ExponentialMovingAverage":
            return ema(given["period"])
        case "AverageTrueRange" | "RelativeStrengthIndex":
            return wilder(given["period"])
        case "MACD":
            slowest = max(given["period_me1"], given["period_me2"])
            return ema(slowest) + ema(given["period_signal"])
        case "MovingAverageSimple" | "BollingerBands":
            return int(given["period"])
    return None
