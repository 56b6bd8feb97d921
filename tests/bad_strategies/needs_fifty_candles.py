"""Looks at its fiftieth candle, even where there are fewer."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class NeedsFiftyCandles(Strategy, frozen=True):
    name: ClassVar[str] = "needs_fifty_candles"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        first = candles.close[49] if len(candles) else 0.0
        return Rules(enter_long=candles.close > first, exit_long=candles.close < first)
