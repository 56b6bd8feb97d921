"""Its entries are ones and zeros, not true and false."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy


class NumbersAsFlags(Strategy, frozen=True):
    name: ClassVar[str] = "numbers_as_flags"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=(candles.close > candles.open).astype(np.int64),
            exit_long=candles.close < candles.open,
        )
