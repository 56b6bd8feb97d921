"""Its rules look back 100 candles more than it says."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class ShortWarmUp(Strategy, frozen=True):
    name: ClassVar[str] = "short_warm_up"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        mean = np.convolve(candles.close, np.full(100, 0.01))[: len(candles)]
        return Rules(enter_long=values["average"] > mean, exit_long=values["average"] < mean)
