"""Bollinger squeeze: with the move that ends a calm.

Calm and lively times take turns. Where the Bollinger bands lie inside the Keltner channel a market
is unusually calm; when they come out, it has begun to move.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.protective import Ranges, Stop, protected, stops
from domain.strategies.strategy import Indicator, Rules, Strategy

Period = Annotated[int, Meta(ge=5, le=500, description="candles of both channels")]
Deviations = Annotated[
    float, Meta(gt=0, le=10, description="width of the Bollinger bands, in standard deviations")
]
Multiplier = Annotated[
    float, Meta(gt=0, le=10, description="width of the Keltner channel, in mean true ranges")
]


class BollingerSqueeze(Strategy, frozen=True):
    """Enters at the first close after a squeeze, long above the middle and short below it.

    It exits where the close is back on the other side of the middle: the momentum's sign. The stop
    is `stop` average true ranges away from the close.
    """

    name: ClassVar[str] = "bollinger_squeeze"

    period: Period = 20
    deviations: Deviations = 2.0
    multiplier: Multiplier = 1.5
    atr: Ranges = 14
    stop: Stop = 2.0

    def indicators(self) -> dict[str, Indicator]:
        return {
            "squeeze": self._pattern("on"),
            "momentum": self._pattern("momentum"),
            "atr": Indicator("ATR", period=self.atr),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, momentum = candles.close, values["momentum"]
        none = np.zeros(len(candles))
        released = crosses_below(values["squeeze"], none + 1)
        short = released & (momentum < 0)
        stop = stops(close, self.stop * values["atr"], short)
        long, short = protected(close, released & (momentum > 0), short, stop)
        return Rules(
            enter_long=long,
            exit_long=crosses_below(momentum, none),
            enter_short=short,
            exit_short=crosses_above(momentum, none),
            stop=stop,
        )

    def _pattern(self, line: str) -> Indicator:
        return Indicator(
            "Squeeze",
            line=line,
            period=self.period,
            deviations=self.deviations,
            multiplier=self.multiplier,
        )
