"""Measures closes by the highest close of all that it is shown."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class Normalises(Strategy, frozen=True):
    name: ClassVar[str] = "normalises"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        share = candles.close / candles.close.max(initial=1.0)
        return Rules(enter_long=share > 0.9, exit_long=share < 0.5)
