"""Enters and exits in turn, whichever came first since the beginning."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class TakesTurns(Strategy, frozen=True):
    name: ClassVar[str] = "takes_turns"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        high, low = candles.close > values["average"], candles.close < values["average"]
        enter, leave, inside = np.zeros_like(high), np.zeros_like(high), False
        for row in range(len(candles)):
            if row % 2:
                inside = not inside
            enter[row], leave[row] = high[row] and inside, low[row] and not inside
        return Rules(enter_long=enter, exit_long=leave)
