"""Its own Backtrader indicator reads the next close."""

from collections.abc import Mapping
from typing import ClassVar

import backtrader as bt

from papertape import Candles, Floats, Indicator, Rules, Strategy


class NextClose(bt.Indicator):  # type: ignore[misc]
    lines = ("next",)

    def next(self) -> None:
        self.l.next[0] = self.data.close[1]


class OwnIndicatorPeeks(Strategy, frozen=True):
    name: ClassVar[str] = "own_indicator_peeks"

    def indicators(self) -> dict[str, Indicator]:
        return {"next": Indicator(NextClose)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=values["next"] > candles.close, exit_long=values["next"] < candles.close
        )
