"""Says something else each time it is asked."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy

CALLS: list[int] = []


class CountsItsCalls(Strategy, frozen=True):
    name: ClassVar[str] = "counts_its_calls"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        CALLS.append(len(CALLS))
        is_odd = np.full(len(candles), len(CALLS) % 2 == 1)
        return Rules(enter_long=is_odd, exit_long=~is_odd)
