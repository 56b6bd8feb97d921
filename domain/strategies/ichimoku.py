"""Ichimoku: with the trend that the cloud shows, where the short view crosses the longer one.

Middles of highs and lows stand for what is fair over some time. A price beyond the cloud, the fair
prices of a while ago, is in a trend; the crossing says when to go with it.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.protective import Ranges, Stop, protected, stops
from domain.strategies.strategy import Indicator, Rules, Strategy

_LINES = ("conversion", "base", "span_a", "span_b")

Conversion = Annotated[int, Meta(ge=2, le=500, description="candles of the conversion line")]
Base = Annotated[int, Meta(ge=2, le=500, description="candles of the base line")]
Span = Annotated[int, Meta(ge=2, le=500, description="candles of the cloud's slower edge")]
Displacement = Annotated[
    int, Meta(ge=1, le=500, description="how many candles later the cloud is drawn")
]


class Ichimoku(Strategy, frozen=True):
    """Enters long where the conversion line crosses above the base, with a close above the cloud.

    The close must be above the base too. It exits where the close falls back through the base. A
    short is its mirror image, below the cloud. The stop is `stop` average true ranges away from the
    close.
    """

    name: ClassVar[str] = "ichimoku"

    conversion: Conversion = 9
    base: Base = 26
    span: Span = 52
    displacement: Displacement = 26
    atr: Ranges = 14
    stop: Stop = 3.0

    def __post_init__(self) -> None:
        if self.conversion >= self.base:
            raise ValueError(
                f"conversion = {self.conversion} must be shorter than base = {self.base}"
            )

    def indicators(self) -> dict[str, Indicator]:
        lines = {line: self._pattern(line) for line in _LINES}
        return lines | {"atr": Indicator("ATR", period=self.atr)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, conversion, base = candles.close, values["conversion"], values["base"]
        ceiling = np.maximum(values["span_a"], values["span_b"])
        floor = np.minimum(values["span_a"], values["span_b"])
        is_above = close > np.maximum(ceiling, base)
        is_below = close < np.minimum(floor, base)
        short = crosses_below(conversion, base) & is_below
        stop = stops(close, self.stop * values["atr"], short)
        long, short = protected(close, crosses_above(conversion, base) & is_above, short, stop)
        return Rules(
            enter_long=long,
            exit_long=crosses_below(close, base),
            enter_short=short,
            exit_short=crosses_above(close, base),
            stop=stop,
        )

    def _pattern(self, line: str) -> Indicator:
        return Indicator(
            "IchimokuCloud",
            line=line,
            conversion=self.conversion,
            base=self.base,
            span=self.span,
            displacement=self.displacement,
        )
