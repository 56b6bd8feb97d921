"""Indicators in a true run of Backtrader's Cerebro."""

from datetime import datetime
from typing import Any

import numpy as np

from adapters.indicators.library import backtrader
from domain.candles import Candles, Floats
from domain.times import from_ms

bt = backtrader()
_COLUMNS = ("open", "high", "low", "close", "volume")


class _Feed(bt.feed.DataBase):  # type: ignore[misc, name-defined]
    candles: Candles

    def start(self) -> None:
        super().start()
        self.row = -1

    def _load(self) -> bool:
        self.row += 1
        if self.row >= len(self.candles):
            return False
        at: datetime = from_ms(int(self.candles.open_time[self.row]))
        self.lines.datetime[0] = bt.date2num(at.replace(tzinfo=None))
        for name in _COLUMNS:
            getattr(self.lines, name)[0] = getattr(self.candles, name)[self.row]
        self.lines.openinterest[0] = 0.0
        return True


class _Watching(bt.Strategy):  # type: ignore[misc, name-defined]
    params: Any = (("kinds", ()), ("of", "close"), ("arguments", {}))

    def __init__(self) -> None:
        data = self.data if self.p.of == "close" else getattr(self.data.lines, self.p.of)
        self.watched = [kind(data, **self.p.arguments) for kind in self.p.kinds]


def run(
    kinds: list[Any], candles: Candles, of: str = "close", **arguments: Any
) -> list[dict[str, Floats]]:
    """The lines of indicators, all watched by one strategy from the first candle on."""
    feed = _Feed()
    feed.candles = candles
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(feed)
    cerebro.addstrategy(_Watching, kinds=kinds, of=of, arguments=arguments)
    return [_lines(each, len(candles)) for each in cerebro.run()[0].watched]


def _lines(built: Any, count: int) -> dict[str, Floats]:
    return {
        name: np.array(getattr(built.lines, name).array[:count])
        for name in built.lines.getlinealiases()
    }
