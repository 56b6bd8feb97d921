"""What a chart shows, apart from how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from domain.candles import Candles, Floats
from domain.timeframes import timeframe
from domain.times import to_ms

Side = Literal["long", "short"]
OVER_PRICES, VOLUME = "", "volume"
"""The panels of lines that are drawn over the candles, and over their volumes."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line by its name in the legend: one value for each candle, NaN where there is none.

    `panel` is the title of the panel below that it shares with others of that title.
    """

    name: str
    values: Floats
    panel: str = OVER_PRICES

    @property
    def finite(self) -> Floats:
        """Its values where it has some."""
        return self.values[np.isfinite(self.values)]

    @property
    def last(self) -> float:
        """Its value at the newest candle, NaN if it has none there."""
        return float(self.values[-1]) if len(self.values) else float("nan")


@dataclass(frozen=True, slots=True)
class ChartTrade:
    """One trade, open while it has no `exited_at`; `profit` is in the quote currency.

    `stop` is what it was entered with; `moves` are its later stops, each with the time from which
    it held, oldest first.
    """

    side: Side
    entered_at: datetime
    entry_price: float
    exited_at: datetime | None = None
    exit_price: float | None = None
    stop: float | None = None
    target: float | None = None
    profit: float | None = None
    moves: Sequence[tuple[datetime, float]] = ()


@dataclass(frozen=True, slots=True)
class ChartSignal:
    """What a strategy wanted at the close of the candle of `open_time` (ms).

    `moves` are where the stop would have followed, each with the time (ms) from which it held.
    """

    purpose: Literal["enter", "exit"]
    side: Side
    open_time: int
    stop: float | None = None
    target: float | None = None
    moves: Sequence[tuple[int, float]] = ()


@dataclass(frozen=True, slots=True)
class ChartOrder:
    """An order that waits, or waited until `ended_at`, for a price before it enters."""

    side: Side
    placed_at: datetime
    price: float
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChartGap:
    """Open times (ms) from `since` up to `until` without a candle, though not for want of trade."""

    since: int
    until: int
    reason: str = "outage"


@dataclass(frozen=True, slots=True)
class ChartContent:
    """The candles of a series, and what is drawn over and below them.

    A line of nothing but 0, 1 and -1 is a flag, whatever its panel: it says yes or no, not how
    much. `strategy` is the one whose lines and signals these are, if there is only one.
    """

    exchange: str
    pair: str
    timeframe: str
    candles: Candles
    lines: Sequence[ChartLine] = ()
    trades: Sequence[ChartTrade] = ()
    signals: Sequence[ChartSignal] = ()
    orders: Sequence[ChartOrder] = ()
    gaps: Sequence[ChartGap] = ()
    strategy: str = ""

    @property
    def period(self) -> int:
        """The length of a period in ms."""
        return timeframe(self.timeframe).ms

    @property
    def begin(self) -> int:
        """When the first candle opens (ms)."""
        return int(self.candles.open_time[0])

    @property
    def end(self) -> int:
        """When the last candle closes (ms)."""
        return int(self.candles.open_time[-1]) + self.period

    @property
    def overlays(self) -> list[ChartLine]:
        """The lines over the candles."""
        return [line for line in self.lines if line.panel == OVER_PRICES and not self._flags(line)]

    @property
    def over_volume(self) -> list[ChartLine]:
        """The lines over the volumes."""
        return [line for line in self.lines if line.panel == VOLUME and not self._flags(line)]

    @property
    def flags(self) -> list[ChartLine]:
        """The lines that say yes or no."""
        return [line for line in self.lines if self._flags(line)]

    @property
    def panels(self) -> dict[str, list[ChartLine]]:
        """The other lines by the title of their panel."""
        panels: dict[str, list[ChartLine]] = {}
        for line in self.lines:
            if line.panel not in {OVER_PRICES, VOLUME} and not self._flags(line):
                panels.setdefault(line.panel, []).append(line)
        return panels

    def _flags(self, line: ChartLine) -> bool:
        found = line.finite
        if not len(found) or not np.isin(found, (-1.0, 0.0, 1.0)).all():
            return False
        return (
            bool(np.any(found != 1)) or not self.candles.low.min() <= 1 <= self.candles.high.max()
        )

    def newest(self, periods: int) -> "ChartContent":
        """The same of the newest periods only, and of the trades that reach into them."""
        times = self.candles.open_time
        if not len(times):
            return self
        first = int(np.searchsorted(times, self.end - periods * self.period))
        begin = int(times[first])
        return replace(
            self,
            candles=self.candles[first:],
            lines=[replace(line, values=line.values[first:]) for line in self.lines],
            trades=[each for each in self.trades if _reaches(each.exited_at, begin)],
            signals=[each for each in self.signals if each.open_time >= begin],
            orders=[each for each in self.orders if _reaches(each.ended_at, begin)],
            gaps=[each for each in self.gaps if each.until > begin],
        )


def _reaches(until: datetime | None, since: int) -> bool:
    return until is None or to_ms(until) >= since
