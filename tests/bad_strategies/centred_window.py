"""Smooths with a window whose middle is the candle itself."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papertape import Candles, Floats, Indicator, Rules, Strategy, crosses_above, crosses_below


class CentredWindow(Strategy, frozen=True):
    name: ClassVar[str] = "centred_window"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        smooth = np.convolve(candles.close, np.full(5, 0.2), mode="same")[: len(candles)]
        return Rules(
            enter_long=crosses_above(candles.close, smooth),
            exit_long=crosses_below(candles.close, smooth),
        )
