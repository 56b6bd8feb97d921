"""Supertrend: with the trend, behind a stop that follows it and never gives way.

A market that goes one way leaves some average true ranges of room to what goes the other way; a
close beyond that room says that it has turned.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.protective import protected
from domain.strategies.strategy import Indicator, Rules, Strategy

Period = Annotated[int, Meta(ge=2, le=200, description="candles of the average true range")]
Multiplier = Annotated[
    float, Meta(ge=0.5, le=10, description="how far the level is from the price, in true ranges")
]


class Supertrend(Strategy, frozen=True):
    """Enters where the trend turns, long up and short down, with the level as its trailing stop.

    It exits at the stop, or where the trend turns again. The level is `multiplier` average true
    ranges away from the middle of a candle, and it never gives way while the trend lasts. Where it
    stays the stop stays: only its moves are said.
    """

    name: ClassVar[str] = "supertrend"

    period: Period = 10
    multiplier: Multiplier = 3.0

    def indicators(self) -> dict[str, Indicator]:
        return {line: self._pattern(line) for line in ("trend", "level")}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        trend, level = values["trend"], values["level"]
        none = np.zeros(len(candles))
        turns_up, turns_down = crosses_above(trend, none), crosses_below(trend, none)
        long, short = protected(candles.close, turns_up, turns_down, stop=level)
        moved = np.where(np.diff(level, prepend=np.nan) != 0, level, np.nan)
        return Rules(
            enter_long=long,
            exit_long=turns_down,
            enter_short=short,
            exit_short=turns_up,
            stop=level,
            trail_long=np.where(trend > 0, moved, np.nan),
            trail_short=np.where(trend < 0, moved, np.nan),
        )

    def _pattern(self, line: str) -> Indicator:
        return Indicator("Supertrend", line=line, period=self.period, multiplier=self.multiplier)
