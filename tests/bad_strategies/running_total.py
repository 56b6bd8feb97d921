"""Adds up volume since the beginning."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class RunningTotal(Strategy, frozen=True):
    name: ClassVar[str] = "running_total"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        moves = np.diff(candles.close, prepend=candles.close[:1])
        total = np.cumsum(np.sign(moves) * candles.volume)
        return Rules(enter_long=total > 0, exit_long=total < 0)
