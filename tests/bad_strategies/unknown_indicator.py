"""Wants an indicator that there is not."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class UnknownIndicator(Strategy, frozen=True):
    name: ClassVar[str] = "unknown_indicator"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SNA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=candles.close > values["average"],
            exit_long=candles.close < values["average"],
        )
