"""Its entries are a list."""

from collections.abc import Mapping
from typing import ClassVar

from papertape import Candles, Floats, Indicator, Rules, Strategy


class Lists(Strategy, frozen=True):
    name: ClassVar[str] = "lists"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rises = [
            bool(close > open_) for close, open_ in zip(candles.close, candles.open, strict=True)
        ]
        return Rules(enter_long=rises, exit_long=candles.close < candles.open)  # type: ignore[arg-type]
