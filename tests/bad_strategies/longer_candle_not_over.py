"""Makes 4h candles itself, and knows their close from their first hour on."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class LongerCandleNotOver(Strategy, frozen=True):
    name: ClassVar[str] = "longer_candle_not_over"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        period = candles.open_time // (4 * 3_600_000)
        last = np.searchsorted(period, period, side="right") - 1
        close = candles.close[last]
        return Rules(enter_long=close > values["average"], exit_long=close < values["average"])
