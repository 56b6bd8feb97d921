"""Enters by lot."""

from collections.abc import Mapping
from random import random
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class DrawsLots(Strategy, frozen=True):
    name: ClassVar[str] = "draws_lots"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        lots = np.array([random() for _ in range(len(candles))])
        return Rules(enter_long=lots > 0.9, exit_long=lots < 0.1)
