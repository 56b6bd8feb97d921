"""Its own Backtrader indicator writes its value on an earlier candle."""

from collections.abc import Mapping
from typing import ClassVar

import backtrader as bt

from papertape import Candles, Floats, Indicator, Rules, Strategy


class CentredMean(bt.Indicator):  # type: ignore[misc]
    lines = ("mean",)
    params = (("period", 5),)

    def __init__(self) -> None:
        self.addminperiod(self.p.period)

    def next(self) -> None:
        self.l.mean[-2] = sum(self.data.close.get(size=self.p.period)) / self.p.period


class OwnIndicatorIsCentred(Strategy, frozen=True):
    name: ClassVar[str] = "own_indicator_is_centred"

    def indicators(self) -> dict[str, Indicator]:
        return {"mean": Indicator(CentredMean)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=values["mean"] > candles.close, exit_long=values["mean"] < candles.close
        )
