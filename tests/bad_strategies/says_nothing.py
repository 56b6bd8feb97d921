"""Forgets to return its rules."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class SaysNothing(Strategy, frozen=True):
    name: ClassVar[str] = "says_nothing"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:  # type: ignore[return]
        Rules(
            enter_long=candles.close > values["average"],
            exit_long=candles.close < values["average"],
        )
