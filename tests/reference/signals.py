"""Signals that follow from candles alone: crossings of averages, and some by seeded chance."""

from collections.abc import Sequence
from random import Random

import numpy as np

from tests.reference.inputs import Candle, Entry, Exit, Market, OrderType, Side

SLOW, FAST, RANGES = 40, 10, 20
EVERY = 13
ORDER_TYPES: tuple[OrderType, ...] = ("market", "limit", "stop", "stop_limit")


def signals(
    market: Market,
    candles: Sequence[Candle],
    seed: str,
    frame_ms: int,
    strategy_ms: int,
    *,
    patience: int = 1,
) -> tuple[list[Entry], list[Exit]]:
    """Entries and exits at closes of the strategy's own periods.

    With patience stops and targets are so many times as far, and nothing else ends a trade.
    """
    chance = Random(f"{seed} {market.pair}")
    table = np.array([candle[1:5] for candle in candles])
    spread = _average(table[:, 1] - table[:, 2], RANGES)
    averages = zip(_average(table[:, 3], FAST), _average(table[:, 3], SLOW), strict=True)
    above = [fast > slow for fast, slow in averages]
    entries, exits = [], []
    for index in range(SLOW, len(candles)):
        if (candles[index][0] + frame_ms) % strategy_ms:
            continue
        crossed = above[index] != above[index - 1]
        side: Side = "long" if above[index] else "short"
        if crossed and patience == 1 and chance.random() < 0.6:
            exits.append(Exit(market.pair, index, "short" if side == "long" else "long"))
        if crossed or (index + len(market.pair)) % EVERY == 0:
            way = side if crossed else chance.choice(("long", "short"))
            ahead = max(float(spread[index]), 3 * market.tick)
            entries.append(_entry(chance, market, index, way, candles[index][4], ahead, patience))
    return entries, exits


def _average(values: np.ndarray[tuple[int], np.dtype[np.float64]], count: int) -> list[float]:
    """Of the last values at each; fewer at the beginning."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    index = np.arange(1, len(values) + 1)
    first = np.maximum(index - count, 0)
    averages: list[float] = ((sums[index] - sums[first]) / (index - first)).tolist()
    return averages


def _entry(
    chance: Random,
    market: Market,
    index: int,
    side: Side,
    close: float,
    spread: float,
    patience: int,
) -> Entry:
    """An entry of any kind; some have a stop or target on the wrong side."""
    sign = 1 if side == "long" else -1
    digits = len(f"{market.tick:.8f}".rstrip("0").partition(".")[2])

    def price(origin: float, least: float, most: float) -> float:
        """So many ranges from a price, a tenth of a tick fine."""
        return round(origin + sign * spread * chance.uniform(least, most), digits + 1)

    def distance(least: float, most: float) -> float:
        return round(spread * chance.uniform(least, most), digits + 2)

    def rate(least: float, most: float) -> float:
        return max(0.0001, round(spread * chance.uniform(least, most) / close, 4))

    order_type = chance.choice(ORDER_TYPES)
    limit = trigger = None
    if order_type in ("stop", "stop_limit"):
        trigger = price(close, -0.3, 1.2)
    if order_type in ("limit", "stop_limit"):
        limit = price(close, -1.5, 0.5) if trigger is None else price(trigger, -1.0, 1.0)
    spread *= patience
    origin = close if order_type == "market" else limit or trigger or close
    stop = target = stop_distance = stop_rate = target_distance = target_rate = None
    match chance.randrange(8):
        case 0 | 1 | 2:
            stop = price(origin, -5.0, -0.2)
        case 3 | 4:
            stop_distance = distance(0.3, 5.0)
        case 5 | 6:
            stop_rate = rate(0.3, 5.0)
    match chance.randrange(8):
        case 0 | 1 | 2:
            target = price(origin, 0.2, 6.0)
        case 3 | 4:
            target_distance = distance(0.3, 6.0)
        case 5 | 6:
            target_rate = rate(0.3, 6.0)
    trail, even = chance.randrange(6), chance.randrange(6)
    return Entry(
        pair=market.pair,
        index=index,
        side=side,
        order_type=order_type,
        limit=limit,
        trigger=trigger,
        stop=stop,
        stop_distance=stop_distance,
        stop_rate=stop_rate,
        target=target,
        target_distance=target_distance,
        target_rate=target_rate,
        trail_distance=distance(0.5, 4.0) if trail == 0 else None,
        trail_rate=rate(0.5, 4.0) if trail == 1 else None,
        break_even_distance=distance(0.3, 3.0) if even == 0 else None,
        break_even_rate=rate(0.3, 3.0) if even == 1 else None,
        time_stop=chance.choice((None, None, None, 1, 5, 20, 60)) if patience == 1 else None,
        valid_for=chance.choice((1, 1, 2, 3, 6)),
    )
