"""Two exponential averages: with the trend while the fast one is on its side of the slow one.

The fast average follows the last candles, the slow one what was usual before: where they cross, the
market has begun to go another way.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.protective import Ranges, Stop, Target, longs, of_side, shorts
from domain.strategies.strategy import Indicator, Rules, Strategy

Fast = Annotated[int, Meta(ge=2, le=1_000, description="candles of the fast average")]
Slow = Annotated[int, Meta(ge=2, le=1_000, description="candles of the slow average")]


class EmaCross(Strategy, frozen=True):
    """Enters long where the fast average crosses above the slow one, short where it falls below.

    Each side exits where the other one enters. `stop` and `target` are that many average true
    ranges away from the close.
    """

    name: ClassVar[str] = "ema_cross"

    fast: Fast = 8
    slow: Slow = 21
    atr: Ranges = 14
    stop: Stop = 2.0
    target: Target = 3.0

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
        close, loss, gain = candles.close, self.stop * values["atr"], self.target * values["atr"]
        rises = crosses_above(values["fast"], values["slow"])
        falls = crosses_below(values["fast"], values["slow"])
        long = longs(close, rises, stop=close - loss, target=close + gain)
        short = shorts(close, falls, stop=close + loss, target=close - gain)
        stop, target = of_side(long, short)
        return Rules(
            enter_long=long.where,
            exit_long=falls,
            enter_short=short.where,
            exit_short=rises,
            stop=stop,
            target=target,
        )
