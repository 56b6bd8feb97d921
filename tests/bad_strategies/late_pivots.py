"""Knows a low at once that only three later candles confirm."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class LatePivots(Strategy, frozen=True):
    name: ClassVar[str] = "late_pivots"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        low, lowest = candles.low, np.zeros(len(candles), dtype=np.bool_)
        for row in range(3, len(candles) - 3):
            lowest[row] = low[row] < min(low[row - 3 : row].min(), low[row + 1 : row + 4].min())
        return Rules(enter_long=lowest, exit_long=candles.close > values["average"])
