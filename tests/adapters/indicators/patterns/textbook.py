"""The trend patterns once more, slowly: from the definitions in textbooks, candle by candle."""

from math import nan

from domain.candles import Candles


def supertrend(candles: Candles, period: int, multiplier: float) -> tuple[list[float], list[float]]:
    """Trends and levels: by final bands that are kept for each candle."""
    ranges = wilder_ranges(candles, period)
    trends, levels = [nan] * len(candles), [nan] * len(candles)
    lower, upper = dict[int, float](), dict[int, float]()
    for row in range(period, len(candles)):
        middle = float(candles.high[row] + candles.low[row]) / 2
        basic_lower = middle - multiplier * ranges[row]
        basic_upper = middle + multiplier * ranges[row]
        close = candles.close[row]
        if row == period:
            lower[row], upper[row] = basic_lower, basic_upper
            trends[row] = 1 if close >= middle else -1
        else:
            before = candles.close[row - 1]
            keeps_lower = basic_lower <= lower[row - 1] <= before
            lower[row] = lower[row - 1] if keeps_lower else basic_lower
            keeps_upper = basic_upper >= upper[row - 1] >= before
            upper[row] = upper[row - 1] if keeps_upper else basic_upper
            trends[row] = trends[row - 1]
        if trends[row] == 1 and close < lower[row]:
            trends[row] = -1
        elif trends[row] == -1 and close > upper[row]:
            trends[row] = 1
        levels[row] = lower[row] if trends[row] == 1 else upper[row]
    return trends, levels


def wilder_ranges(candles: Candles, period: int) -> list[float]:
    """Wilder's average true range: the mean of the first ones, then a share of each new one."""
    trues = [nan] + [
        max(
            float(candles.high[row] - candles.low[row]),
            abs(float(candles.high[row] - candles.close[row - 1])),
            abs(float(candles.low[row] - candles.close[row - 1])),
        )
        for row in range(1, len(candles))
    ]
    ranges = [nan] * len(candles)
    ranges[period] = sum(trues[1 : period + 1]) / period
    for row in range(period + 1, len(candles)):
        ranges[row] = (ranges[row - 1] * (period - 1) + trues[row]) / period
    return ranges


def ichimoku(
    candles: Candles, conversion: int, base: int, span: int, displacement: int
) -> list[tuple[float, float, float, float]]:
    """Conversion, base and the cloud over each candle."""
    return [
        (
            middle(candles, row, conversion),
            middle(candles, row, base),
            (
                middle(candles, row - displacement, conversion)
                + middle(candles, row - displacement, base)
            )
            / 2,
            middle(candles, row - displacement, span),
        )
        for row in range(len(candles))
    ]


def middle(candles: Candles, row: int, length: int) -> float:
    """Between the highest and the lowest price of the last candles."""
    first = row - length + 1
    if first < 0:
        return nan
    highs, lows = candles.high[first : row + 1].tolist(), candles.low[first : row + 1].tolist()
    return float(max(highs) + min(lows)) / 2
