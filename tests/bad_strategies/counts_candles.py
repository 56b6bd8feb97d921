"""Enters at each seventh candle, counted from the first that it is shown."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class CountsCandles(Strategy, frozen=True):
    name: ClassVar[str] = "counts_candles"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        seventh = np.arange(len(candles)) % 7 == 0
        return Rules(enter_long=seventh, exit_long=~seventh)
