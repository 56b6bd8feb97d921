"""The patterns once more, as plain loops that look back from each candle."""

from itertools import combinations

import numpy as np

from adapters.indicators.engine import compute
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

Line = list[float]


def pivots(low: Floats, left: int, right: int) -> list[int]:
    """Rows of pivot lows."""
    return [
        row
        for row in range(left, len(low) - right)
        if all(low[row] < low[other] for other in range(row - left, row))
        and all(low[row] <= low[other] for other in range(row + 1, row + right + 1))
    ]


def bullish_divergence(candles: Candles, left: int, right: int, within: int) -> Line:
    """By an RSI of 14 candles, oversold below 30."""
    return _divergence(candles.low, _rsi(candles), left, right, within, oversold=30)


def bearish_divergence(candles: Candles, left: int, right: int, within: int) -> Line:
    """By an RSI of 14 candles, overbought above 70."""
    return _divergence(-candles.high, 100 - _rsi(candles), left, right, within, oversold=30)


def double_bottom(
    candles: Candles, left: int, right: int, within: int, apart: int, share: float, height: float
) -> tuple[Line, Line, Line]:
    """Lines found, neckline and level; `share` is the tolerance."""
    bottoms = pivots(candles.low, left, right)
    lines = [
        _double_bottom(candles[: row + 1], bottoms, right, within, apart, share, height)
        for row in range(len(candles))
    ]
    found, neckline, level = map(list, zip(*lines, strict=True))
    return found, neckline, level


def engulfing_at_support(
    candles: Candles, left: int, right: int, within: int, near: float
) -> tuple[Line, Line]:
    """Lines bullish and support, by an ATR of 14 candles."""
    reach = near * compute(Indicator("ATR", period=14), candles)
    pivot_rows = pivots(candles.low, left, right)
    support = [float("nan")] * len(candles)
    for row in range(1, len(candles)):
        for pivot in (each for each in pivot_rows if row - within <= each <= row - max(right, 2)):
            if _supports(candles, pivot, row, reach[row]):
                support[row] = candles.low[pivot]
    return [
        float(row > 0 and _engulfs(candles, row) and not np.isnan(support[row]))
        for row in range(len(candles))
    ], support


def _rsi(candles: Candles) -> Floats:
    return compute(Indicator("RSI", period=14), candles)


def _divergence(
    low: Floats, rsi: Floats, left: int, right: int, within: int, *, oversold: float
) -> Line:
    line = [0.0] * len(low)
    for before, row in combinations(pivots(low, left, right), 2):
        is_new_low = all(low[row] < low[other] for other in range(before, row))
        is_stronger = rsi[before] < oversold and rsi[row] > rsi[before]
        if row - before <= within and is_new_low and is_stronger:
            line[row + right] = 1.0
    return line


def _double_bottom(
    candles: Candles,
    bottoms: list[int],
    right: int,
    within: int,
    apart: int,
    share: float,
    height: float,
) -> tuple[float, float, float]:
    """What is told at the last of these candles."""
    row = len(candles) - 1
    known = [each for each in bottoms if row - within <= each <= row - right]
    told = [(0.0, (-1, -1), float("nan"), float("nan"))]
    for first, second in combinations(known, 2):
        level = min(candles.low[first], candles.low[second])
        neckline = max(candles.high[first + 1 : second], default=level)
        difference = abs(candles.low[first] - candles.low[second])
        is_shaped = (
            second - first >= apart
            and min(candles.low[first:second]) >= level
            and neckline - level >= height * abs(level)
            and difference <= share * (neckline - level)
        )
        closes = candles.close[second:]
        lives = all(level <= close <= neckline for close in closes[:-1]) and closes[-1] >= level
        if is_shaped and lives:
            told.append((float(closes[-1] > neckline), (second, first), neckline, level))
    found, _, neckline, level = max(told)
    return found, neckline, level


def _supports(candles: Candles, pivot: int, row: int, reach: float) -> bool:
    price = candles.low[pivot]
    lower = min(candles.low[row - 1], candles.low[row])
    is_held = all(close >= price for close in candles.close[pivot : row - 1])
    return bool(is_held and candles.close[row] > price and abs(lower - price) <= reach)


def _engulfs(candles: Candles, row: int) -> bool:
    open_, close = candles.open, candles.close
    turns = close[row - 1] < open_[row - 1] and close[row] > open_[row]
    covers = open_[row] <= close[row - 1] and close[row] >= open_[row - 1]
    is_same = open_[row] == close[row - 1] and close[row] == open_[row - 1]
    return bool(turns and covers and not is_same)
