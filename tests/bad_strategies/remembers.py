"""Keeps in its class what it saw last time."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class Remembers(Strategy, frozen=True):
    name: ClassVar[str] = "remembers"
    seen: ClassVar[list[float]] = []

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        before = self.seen[-1] if self.seen else 0.0
        self.seen.append(float(candles.close[-1]) if len(candles) else 0.0)
        return Rules(enter_long=candles.close > before, exit_long=candles.close < before)
