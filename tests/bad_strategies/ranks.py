"""Sorts all closes to see which are high."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class Ranks(Strategy, frozen=True):
    name: ClassVar[str] = "ranks"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rank = np.argsort(np.argsort(candles.close))
        return Rules(enter_long=rank > 0.9 * len(rank), exit_long=rank < 0.1 * len(rank))
