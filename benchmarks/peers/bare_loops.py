"""Plain Python loops over lists of floats that make the account's trades: the yardstick.

Only what the works need of docs/paper-account.md, written again from that page: an entry whose
candle does not come is over, averages begin anew after an outage, and nothing is heard before the
first block of 256 minutes that all its averages lie before.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from math import ceil, floor, nan
from typing import NamedTuple

from benchmarks.peers.answer import Trade
from benchmarks.peers.works import CASH, FEE, MINUTE, PLACES, QUANTITY, STOP, TARGET

BLOCK = 256 * MINUTE
OUTAGE = 25 * MINUTE  # where the next candle is further away, averages begin anew

UP, DOWN, NONE = 1, -1, 0  # where the fast average crosses the slow one


class Candles(NamedTuple):
    """One market's candles, a list a column; times in ms. Prices have so many `decimals`."""

    times: list[int]
    opens: list[float]
    highs: list[float]
    lows: list[float]
    closes: list[float]
    decimals: int = 2


def crosses(candles: Candles, fast: int, slow: int) -> list[int]:
    """UP, DOWN or NONE for each candle, by running sums."""
    said = []
    for closes in _between_outages(candles):
        fast_sum = slow_sum = 0.0
        before = nan
        leaving = zip(closes, _delayed(closes, fast), _delayed(closes, slow), strict=True)
        for count, (close, leaves_fast, leaves_slow) in enumerate(leaving, 1):
            fast_sum += close - leaves_fast
            slow_sum += close - leaves_slow
            now = fast_sum * slow - slow_sum * fast if count >= slow else nan
            said.append(UP if before <= 0 < now else DOWN if now < 0 <= before else NONE)
            before = now
    unheard = _unheard(candles.times, slow)
    return [NONE] * unheard + said[unheard:]


def trade(pair: str, candles: Candles, signals: list[int]) -> tuple[list[Trade], float]:
    """All closed trades of one market, and the final equity."""
    trades = []
    due = entered = 0  # when a waiting entry must fill, when it did
    entry = stop = target = 0.0
    leaves = False
    for time, open_, high, low, signal in zip(*candles[:4], signals, strict=True):
        if due:
            if time == due:
                entered, entry = time, open_
                stop, target = levels(entry, candles.decimals)
            due = 0
        if entry and (leaves or low <= stop or high >= target):
            price, reason = ending(leaves, open_, low, stop, target)
            trades.append(Trade(pair, entered, entry, time, price, reason))
            entry, leaves = 0.0, False
        if signal == UP and not entry:
            due = time + MINUTE
        elif signal == DOWN and entry:
            leaves = True
    return trades, _equity(trades, [(entry, candles.closes[-1])] if entry else [])


class Market:
    """What an account knows of one of its markets."""

    def __init__(self, pair: str, decimals: int) -> None:
        self.pair = pair
        self.decimals = decimals
        self.due = self.entered = 0
        self.entry = self.stop = self.target = 0.0
        self.leaves = False


def trade_many(
    candles: dict[str, Candles], signals: dict[str, list[int]]
) -> tuple[list[Trade], float]:
    """The same of an account with places for few trades; all markets have the same times."""
    trades: list[Trade] = []
    markets = [Market(pair, candles[pair].decimals) for pair in candles]
    rows = zip(
        *(zip(*candles[pair][:4], signals[pair], strict=True) for pair in candles), strict=True
    )
    for row in rows:
        for market, (time, open_, high, low, _) in zip(markets, row, strict=True):
            if market.due:
                market.entered, market.entry, market.due = time, open_, 0
                market.stop, market.target = levels(open_, market.decimals)
            if market.entry and (market.leaves or low <= market.stop or high >= market.target):
                price, reason = ending(market.leaves, open_, low, market.stop, market.target)
                trades.append(Trade(market.pair, market.entered, market.entry, time, price, reason))
                market.entry, market.leaves = 0.0, False
        taken = sum(market.entry > 0 for market in markets)
        for market, (time, _, _, _, signal) in zip(markets, row, strict=True):
            if signal == UP and not market.entry and taken < PLACES:
                market.due = time + MINUTE
                taken += 1
            elif signal == DOWN and market.entry:
                market.leaves = True
    last = ((market.entry, candles[market.pair].closes[-1]) for market in markets)
    return trades, _equity(trades, [(entry, close) for entry, close in last if entry])


def levels(entry: float, decimals: int) -> tuple[float, float]:
    """Stop and target of a fill, rounded against the trader.

    A hundredth of a tick is the doubles' own error, not the price's.
    """
    ticks = 10**decimals
    stop = floor(round(entry * (1 - STOP) * ticks, 2))
    target = ceil(round(entry * (1 + TARGET) * ticks, 2))
    return stop / ticks, target / ticks


def ending(leaves: bool, open_: float, low: float, stop: float, target: float) -> tuple[float, str]:
    """Price and reason of an exit in a candle that ends a trade; what the open does comes first."""
    if leaves:
        return open_, "signal"
    if open_ <= stop:
        return open_, "stop"
    if open_ >= target:
        return open_, "target"
    if low <= stop:
        return stop, "stop"
    return target, "target"


def _equity(trades: list[Trade], still_open: list[tuple[float, float]]) -> float:
    gained = sum(each.profit for each in trades)
    return (
        CASH + gained + sum((close - entry - entry * FEE) * QUANTITY for entry, close in still_open)
    )


def _unheard(times: list[int], slow: int) -> int:
    """How many candles lie before the first block of which a cross could be seen at any candle."""
    seen = times[slow] if slow < len(times) else times[-1]
    return bisect_left(times, seen + BLOCK - seen % BLOCK)


def _between_outages(candles: Candles) -> Iterator[list[float]]:
    """The closes in runs of which none spans an outage."""
    places = [
        at for at, (before, time) in enumerate(pairwise(candles.times), 1) if time - before > OUTAGE
    ]
    for start, end in pairwise([0, *places, len(candles.times)]):
        yield candles.closes[start:end]


def _delayed(closes: list[float], length: int) -> list[float]:
    """What leaves a sum of the last `length` closes as each close enters it."""
    return ([0.0] * length + closes)[: len(closes)]
