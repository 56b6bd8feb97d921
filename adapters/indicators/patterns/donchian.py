"""Donchian channel: the highest and the lowest price of the candles before this one."""

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.rolling import earlier, highest, lowest
from domain.candles import Candles, Floats


def donchian(candles: Candles, *, period: int = 20) -> tuple[Floats, Floats, Floats]:
    """Lines upper, lower and middle of the `period` candles before each.

    The candle itself is left out, so that its close can break out of the channel.
    """
    upper = earlier(highest(candles.high, period), 1)
    lower = earlier(lowest(candles.low, period), 1)
    return upper, lower, (upper + lower) / 2


def _warm_up(*, period: int = 20) -> int:
    return period


DONCHIAN = Pattern(
    name="Donchian",
    lines=("upper", "lower", "middle"),
    parameters={"period": 20},
    values=donchian,
    warm_up=_warm_up,
)
