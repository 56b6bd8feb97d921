"""Two exponential averages: long while the fast one is above the slow one."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.strategy import Indicator, Rules, Strategy

Length = Annotated[int, Meta(ge=2, le=1_000)]
Multiple = Annotated[float, Meta(gt=0)]


class EmaCross(Strategy, frozen=True):
    """Enters long where the fast average crosses above the slow one, exits where it falls below.

    `stop` and `target` are that many average true ranges away from the close.
    """

    name: ClassVar[str] = "ema_cross"

    fast: Length = 8
    slow: Length = 21
    atr: Length = 14
    stop: Multiple = 2.0
    target: Multiple = 3.0

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"fast = {self.fast} must be shorter than slow = {self.slow}")

    def indicators(self) -> dict[str, Indicator]:
        return {
            "fast": Indicator("EMA", period=self.fast),
            "slow": Indicator("EMA", period=self.slow),
            "atr": Indicator("ATR", period=self.atr),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=crosses_above(values["fast"], values["slow"]),
            exit_long=crosses_below(values["fast"], values["slow"]),
            stop=candles.close - self.stop * values["atr"],
            target=candles.close + self.target * values["atr"],
        )
