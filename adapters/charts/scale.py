"""Where times and prices lie on a sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from adapters.charts.content import ChartContent, ChartLine
from adapters.charts.frame import Frame
from domain.candles import Floats

_Number = TypeVar("_Number", float, Floats)
_FAR, _FAR_LINE = 0.5, 0.25
"""How far off the candles a price or a line may be to be shown, in parts of their span."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A part of the sheet (pixels), and the times (ms) and values that it shows."""

    left: float
    top: float
    width: float
    height: float
    begin: int
    end: int
    low: float = 0.0
    high: float = 1.0

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def frame(self) -> Frame:
        return Frame(self.left, self.top, self.right, self.bottom)

    def x(self, time: _Number) -> _Number:
        """Where a time lies."""
        return self.left + (time - self.begin) * (self.width / (self.end - self.begin))

    def y(self, value: _Number) -> _Number:
        """How high a value lies; what is out of range lies out of the plot."""
        return self.bottom - (value - self.low) * (self.height / (self.high - self.low))

    def holds(self, value: float) -> bool:
        """Whether a value is in range."""
        return self.low <= value <= self.high


def price_range(content: ChartContent) -> tuple[float, float]:
    """The prices that the axis shows: all candles, and what belongs to them and is not far off."""
    candles = content.candles
    lowest, highest = float(candles.low.min()), float(candles.high.max())
    low, high, span = lowest, highest, highest - lowest
    for reach, prices in _beside(content):
        near = prices[(prices >= lowest - reach * span) & (prices <= highest + reach * span)]
        low, high = near.min(initial=low), near.max(initial=high)
    return _padded(float(low), float(high), 0.12 if content.signals else 0.06)


def spread(lines: Sequence[ChartLine], guides: Sequence[float] = ()) -> tuple[float, float] | None:
    """The least and the greatest value of lines and guides, with room around them."""
    values = np.concatenate([np.array(guides), *(line.finite for line in lines)])
    has_values = any(len(line.finite) for line in lines)
    return _padded(float(values.min()), float(values.max()), 0.06) if has_values else None


def _beside(content: ChartContent) -> Iterator[tuple[float, Floats]]:
    """Prices that are no candle's, and how far off they may be."""
    yield _FAR, np.array(list(_prices(content)), dtype=np.float64)
    for line in content.overlays:
        yield _FAR_LINE, line.finite


def _prices(content: ChartContent) -> Iterator[float]:
    for trade in content.trades:
        stops = (trade.stop, *(stop for _, stop in trade.moves))
        for price in (trade.entry_price, trade.exit_price, trade.target, *stops):
            if price is not None:
                yield price
    for signal in content.signals:
        stops = (signal.stop, *(stop for _, stop in signal.moves))
        yield from (price for price in (signal.target, *stops) if price is not None)
    yield from (order.price for order in content.orders)


def _padded(low: float, high: float, share: float) -> tuple[float, float]:
    room = (high - low) * share or abs(high) * 0.01 or 1.0
    return low - room, high + room
