"""Takes slopes from both neighbours of a candle."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class Slopes(Strategy, frozen=True):
    name: ClassVar[str] = "slopes"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        slope = np.gradient(candles.close) if len(candles) > 1 else np.zeros(len(candles))
        return Rules(enter_long=slope > 0.5, exit_long=slope < -0.5)
