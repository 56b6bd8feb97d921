"""Its entries are one fewer than the candles."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class OneTooFew(Strategy, frozen=True):
    name: ClassVar[str] = "one_too_few"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rises = candles.close[1:] > candles.close[:-1]
        return Rules(enter_long=rises, exit_long=candles.close < candles.open)
