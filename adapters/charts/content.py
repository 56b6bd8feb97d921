"""What a chart shows, apart from how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from domain.candles import Candles, Floats
from domain.timeframes import timeframe
from domain.times import to_ms


@dataclass(frozen=True, slots=True)
class ChartTrade:
    """One trade, open while it has no `exited_at`; `profit` is in the quote currency."""

    side: Literal["long", "short"]
    entered_at: datetime
    entry_price: float
    exited_at: datetime | None = None
    exit_price: float | None = None
    stop: float | None = None
    target: float | None = None
    profit: float | None = None


@dataclass(frozen=True, slots=True)
class ChartContent:
    """Candles with lines over them (`overlays`), lines below them (`panels`) and trades.

    Lines are by their name in the legend, one value for each candle, NaN where there is none.
    """

    exchange: str
    pair: str
    timeframe: str
    candles: Candles
    overlays: Mapping[str, Floats] = field(default_factory=dict)
    panels: Mapping[str, Floats] = field(default_factory=dict)
    trades: Sequence[ChartTrade] = ()

    @property
    def period(self) -> int:
        """The length of a period in ms."""
        return timeframe(self.timeframe).ms

    def newest(self, periods: int) -> "ChartContent":
        """The same of the newest periods only, and of the trades that reach into them."""
        times = self.candles.open_time
        if not len(times):
            return self
        since = int(times[-1]) - (periods - 1) * self.period
        begin = int(np.searchsorted(times, since))
        return ChartContent(
            self.exchange,
            self.pair,
            self.timeframe,
            self.candles[begin:],
            {name: line[begin:] for name, line in self.overlays.items()},
            {name: line[begin:] for name, line in self.panels.items()},
            [trade for trade in self.trades if _reaches(trade, int(times[begin]))],
        )


def _reaches(trade: ChartTrade, since: int) -> bool:
    return trade.exited_at is None or to_ms(trade.exited_at) >= since
