"""Takes the next candle's close for its own, as `np.roll` does."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class RollsBack(Strategy, frozen=True):
    name: ClassVar[str] = "rolls_back"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        change = np.roll(candles.close, -1) - candles.close
        return Rules(enter_long=change > 1, exit_long=change < -1)
