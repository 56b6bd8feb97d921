"""Where times and prices lie on a sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from adapters.charts.content import ChartContent, ChartTrade
from domain.candles import Floats

_Number = TypeVar("_Number", float, Floats)


@dataclass(frozen=True, slots=True)
class Plot:
    """A part of the sheet (pixels), and the times (ms) and values that it shows."""

    left: float
    top: float
    width: float
    height: float
    begin: int
    end: int
    low: float
    high: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, time: _Number) -> _Number:
        """Where a time lies."""
        return self.left + (time - self.begin) * (self.width / (self.end - self.begin))

    def y(self, value: _Number) -> _Number:
        """How high a value lies; what is out of range lies out of the plot."""
        return self.bottom - (value - self.low) * (self.height / (self.high - self.low))


def price_range(content: ChartContent) -> tuple[float, float]:
    """The prices that the price axis shows: all candles, and stops and targets not far off."""
    candles = content.candles
    low, high = float(candles.low.min()), float(candles.high.max())
    reach = (high - low) * 0.5
    for price in _prices(content.trades):
        if low - reach <= price <= high + reach:
            low, high = min(low, price), max(high, price)
    return _padded(low, high)


def spread(line: Floats) -> tuple[float, float]:
    """The least and the greatest value of a line, with room around them."""
    finite = line[np.isfinite(line)]
    return _padded(float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def _prices(trades: Sequence[ChartTrade]) -> list[float]:
    return [
        price
        for trade in trades
        for price in (trade.entry_price, trade.exit_price, trade.stop, trade.target)
        if price is not None
    ]


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    return low - room, high + room
