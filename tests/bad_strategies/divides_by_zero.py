"""How near its high a candle closes: nowhere, if it has one price."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class DividesByZero(Strategy, frozen=True):
    name: ClassVar[str] = "divides_by_zero"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        strength = (candles.close - candles.low) / (candles.high - candles.low)
        return Rules(enter_long=strength > 0.9, exit_long=strength < 0.1)
