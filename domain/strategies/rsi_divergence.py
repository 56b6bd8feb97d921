"""RSI divergence: against a move that makes a new extreme with less strength than the last one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.at_pivots import MOST_AFTER, After, Before, Behind, Reward
from domain.strategies.protective import Ranges, at_risk, longs, of_side, shorts
from domain.strategies.strategy import Indicator, Rules, Strategy

Period = Annotated[int, Meta(ge=2, le=100, description="candles of the RSI")]
Within = Annotated[int, Meta(ge=5, le=500, description="candles between two pivots, at most")]
Oversold = Annotated[
    float, Meta(gt=0, lt=100, description="below it the RSI is at the earlier low")
]
Overbought = Annotated[
    float, Meta(gt=0, lt=100, description="above it the RSI is at the earlier high")
]


class RsiDivergence(Strategy, frozen=True):
    """Enters long at a new low with a higher RSI, short at a new high with a lower one.

    The new low or high is known `right` candles later; the stop lies `stop` average true ranges
    behind it. Each side exits where the other one enters.
    """

    name: ClassVar[str] = "rsi_divergence"
    lookback: ClassVar[int] = MOST_AFTER

    period: Period = 14
    left: Before = 5
    right: After = 3
    within: Within = 60
    oversold: Oversold = 30.0
    overbought: Overbought = 70.0
    atr: Ranges = 14
    stop: Behind = 1.0
    target: Reward = 2.0

    def indicators(self) -> dict[str, Indicator]:
        return {
            "bullish": self._pattern("bullish"),
            "bearish": self._pattern("bearish"),
            "rsi": self._pattern("rsi"),
            "atr": Indicator("ATR", period=self.atr),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, behind = candles.close, self.stop * values["atr"]
        bullish, bearish = values["bullish"] > 0, values["bearish"] > 0
        below = _ago(candles.low, self.right) - behind
        above = _ago(candles.high, self.right) + behind
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

    def _pattern(self, line: str) -> Indicator:
        return Indicator(
            "RSIDivergence",
            line=line,
            period=self.period,
            left=self.left,
            right=self.right,
            within=self.within,
            oversold=self.oversold,
            overbought=self.overbought,
        )


def _ago(prices: Floats, candles: int) -> Floats:
    """What each price was so many candles ago, NaN before there are as many."""
    return np.concatenate((np.full(candles, np.nan), prices))[: len(prices)]
