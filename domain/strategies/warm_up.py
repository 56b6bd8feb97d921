"""How many candles an indicator needs until its values forget where its history began."""

from collections.abc import Mapping
from math import ceil, log

SETTLED = 1e-13
"""What may be left of the error of a seed: 1e-11 of the value, measured on recorded candles."""

_DEFAULTS: Mapping[str, Mapping[str, int]] = {
    "SMA": {"period": 30},
    "EMA": {"period": 30},
    "ATR": {"period": 14},
    "RSI": {"period": 14},
    "MACD": {"period_me1": 12, "period_me2": 26, "period_signal": 9},
    "BollingerBands": {"period": 20},
}


class UnknownWarmUp(LookupError):
    """The warm-up of this indicator is not known: the strategy must say `warm_up` itself."""


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


def warm_up_of(name: str, parameters: Mapping[str, float]) -> int:
    """The candles before one on which an indicator is right to 1e-11; raises UnknownWarmUp."""
    if name not in _DEFAULTS:
        raise UnknownWarmUp(f"{name}: {UnknownWarmUp.__doc__}")
    lengths = {key: int(parameters.get(key, value)) for key, value in _DEFAULTS[name].items()}
    match name:
        case "EMA":
            return ema(lengths["period"])
        case "ATR" | "RSI":
            return wilder(lengths["period"])
        case "MACD":
            slowest = max(lengths["period_me1"], lengths["period_me2"])
            return ema(slowest) + ema(lengths["period_signal"])
    return lengths["period"]
