"""Writes into the candles that it was given."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class ChangesCandles(Strategy, frozen=True):
    name: ClassVar[str] = "changes_candles"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        candles.close[candles.volume == 0] = np.nan
        return Rules(
            enter_long=candles.close > candles.open, exit_long=candles.close < candles.open
        )
