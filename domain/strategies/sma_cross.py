"""Two simple averages: long while the fast one is above the slow one.

The plainest strategy there is, known to every trading library: what it earns here can be compared
with what it earns elsewhere.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.strategy import Indicator, Rules, Strategy

Fast = Annotated[int, Meta(ge=1, le=1_000, description="candles of the fast average")]
Slow = Annotated[int, Meta(ge=2, le=1_000, description="candles of the slow average")]
Loss = Annotated[
    float, Meta(ge=0, lt=1, description="share of the fill's price to lose at most; 0: no stop")
]
Gain = Annotated[
    float, Meta(ge=0, le=100, description="share of the fill's price to earn; 0: no target")
]


class SmaCross(Strategy, frozen=True):
    """Enters long where the fast average crosses above the slow one, exits where it falls below.

    Stop and target are shares of the price at which the entry fills: 0.02 is two percent.
    """

    name: ClassVar[str] = "sma_cross"

    fast: Fast = 10
    slow: Slow = 30
    stop: Loss = 0.02
    target: Gain = 0.04

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"fast = {self.fast} must be shorter than slow = {self.slow}")

    def indicators(self) -> dict[str, Indicator]:
        return {
            "fast": Indicator("SMA", period=self.fast),
            "slow": Indicator("SMA", period=self.slow),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=crosses_above(values["fast"], values["slow"]),
            exit_long=crosses_below(values["fast"], values["slow"]),
            stop_rate=_everywhere(self.stop, candles),
            target_rate=_everywhere(self.target, candles),
        )


def _everywhere(share: float, candles: Candles) -> Floats | None:
    return np.full(len(candles), share) if share else None
