"""Enters where it has no stop."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy, crosses_above, crosses_below


class LosesItsStops(Strategy, frozen=True):
    name: ClassVar[str] = "loses_its_stops"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rises = candles.close > candles.open
        return Rules(
            enter_long=crosses_above(candles.close, values["average"]),
            exit_long=crosses_below(candles.close, values["average"]),
            stop=np.where(rises & (candles.low < values["average"]), candles.low, np.nan),
        )
