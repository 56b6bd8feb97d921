"""Enters before a candle that rises."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class PeeksAhead(Strategy, frozen=True):
    name: ClassVar[str] = "peeks_ahead"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rises = np.append(candles.close[1:] > candles.close[:-1], [False] * min(1, len(candles)))
        return Rules(enter_long=rises, exit_long=~rises)
