"""Ichimoku cloud: middles of three lengths, and the cloud that was cast over this candle."""

from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.rolling import earlier, highest, lowest
from domain.candles import Candles, Floats

_DEFAULTS = {"conversion": 9, "base": 26, "span": 52, "displacement": 26}


def ichimoku(
    candles: Candles,
    *,
    conversion: int = 9,
    base: int = 26,
    span: int = 52,
    displacement: int = 26,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lines conversion, base, span_a and span_b.

    Each is a middle between the highest and the lowest price of so many candles; span_a is the one
    between conversion and base. The spans are those of `displacement` candles ago: as the cloud
    lies over this candle. There is no lagging line, since that would be this close, drawn back.
    """
    quick, slow, slowest = (_middle(candles, length) for length in (conversion, base, span))
    span_a = earlier((quick + slow) / 2, displacement)
    return quick, slow, span_a, earlier(slowest, displacement)


def _middle(candles: Candles, length: int) -> Floats:
    return (highest(candles.high, length) + lowest(candles.low, length)) / 2


def _warm_up(*, conversion: int = 9, base: int = 26, span: int = 52, displacement: int = 26) -> int:
    return max(conversion, base, span) - 1 + displacement


ICHIMOKU = Pattern(
    name="IchimokuCloud",
    lines=("conversion", "base", "span_a", "span_b"),
    parameters=_DEFAULTS,
    values=ichimoku,
    warm_up=_warm_up,
)
