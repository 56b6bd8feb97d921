"""Trades in the afternoon: in that of whoever asks."""

from collections.abc import Mapping
from datetime import datetime as clock
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class UsesTheClock(Strategy, frozen=True):
    name: ClassVar[str] = "uses_the_clock"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        afternoon = np.full(len(candles), clock.now().hour >= 12)
        return Rules(enter_long=afternoon, exit_long=~afternoon)
