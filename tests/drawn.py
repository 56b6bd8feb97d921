"""Candles drawn by hand, from the turning points of their closes."""

import numpy as np

from domain.candles import Candles, Floats
from domain.strategies.strategy import Flags

HOUR = 3_600_000
_BEGIN = 470_000 * HOUR


def drawn(points: dict[int, float], *, wick: float = 0.0) -> Candles:
    """Hourly candles whose closes run straight from point to point (row: price).

    Each opens at the close before it; `wick` is how far high and low lie beyond the body.
    """
    rows = np.arange(max(points) + 1)
    close = np.interp(rows, list(points), list(points.values()))
    open_ = np.concatenate((close[:1], close[:-1]))
    return _candles(open_, np.maximum(open_, close) + wick, np.minimum(open_, close) - wick, close)


def with_candles(candles: Candles, *later: tuple[float, float, float, float]) -> Candles:
    """The candles and behind them those of (open, high, low, close)."""
    columns = zip(*later, strict=True)
    prices = ("open", "high", "low", "close")
    return _candles(
        *(np.append(getattr(candles, name), new) for name, new in zip(prices, columns, strict=True))
    )


def mirrored(candles: Candles) -> Candles:
    """The candles of the mirrored market: a price p becomes 200 - p."""
    return _candles(200 - candles.open, 200 - candles.low, 200 - candles.high, 200 - candles.close)


def rows_of(line: Floats | Flags) -> list[int]:
    """The rows where a line is true, or 1 and not 0."""
    return [int(row) for row in np.flatnonzero(line)]


def _candles(open_: Floats, high: Floats, low: Floats, close: Floats) -> Candles:
    times = np.arange(len(close), dtype=np.int64) * HOUR + _BEGIN
    return Candles(times, open_, high, low, close, np.full(len(close), 10.0))
