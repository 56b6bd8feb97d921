"""Engulfing at support: with the side that takes back a whole candle where the price turned before.

A candle whose body covers the previous one's says that the side which was losing now holds all the
ground of that candle; where it happens at an old low or high, others defend the price too.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.at_pivots import After, Before, Behind, Reward
from domain.strategies.protective import Ranges, at_risk, longs, of_side, shorts
from domain.strategies.strategy import Indicator, Rules, Strategy

Age = Annotated[int, Meta(ge=5, le=500, description="candles since the pivot, at most")]
Near = Annotated[
    float, Meta(gt=0, le=5, description="how near to the pivot it happens, in true ranges")
]


class EngulfingAtSupport(Strategy, frozen=True):
    """Enters long at a bullish engulfing candle on a support, short at a bearish one on resistance.

    The stop lies `stop` average true ranges behind the support and both candles, whichever is
    further away. Each side exits where the other one enters.
    """

    name: ClassVar[str] = "engulfing_at_support"

    left: Before = 5
    right: After = 3
    within: Age = 100
    near: Near = 0.5
    atr: Ranges = 14
    stop: Behind = 0.5
    target: Reward = 2.0

    def indicators(self) -> dict[str, Indicator]:
        return {
            "bullish": self._pattern("bullish"),
            "bearish": self._pattern("bearish"),
            "support": self._pattern("support", sparse=True),
            "resistance": self._pattern("resistance", sparse=True),
            "atr": Indicator("ATR", period=self.atr),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, behind = candles.close, self.stop * values["atr"]
        bullish, bearish = values["bullish"] > 0, values["bearish"] > 0
        below = -_furthest(-candles.low, -values["support"]) - behind
        above = _furthest(candles.high, values["resistance"]) + behind
        long = longs(close, bullish, below, at_risk(close, below, self.target))
        short = shorts(close, bearish, above, at_risk(close, above, self.target))
        stop, target = of_side(long, short)
        return Rules(
            enter_long=long.where,
            exit_long=bearish,
            enter_short=short.where,
            exit_short=bullish,
            stop=stop,
            target=target,
        )

    def _pattern(self, line: str, *, sparse: bool = False) -> Indicator:
        return Indicator(
            "EngulfingAtSupport",
            line=line,
            sparse=sparse,
            left=self.left,
            right=self.right,
            within=self.within,
            near=self.near,
            period=self.atr,
        )


def _furthest(prices: Floats, level: Floats) -> Floats:
    """The highest of each level and the prices of two candles."""
    return np.maximum(level, np.maximum(prices, np.concatenate((prices[:1], prices[:-1]))))
