"""From the answers of one scan to facts, in the order of market time."""

from collections.abc import Iterable, Iterator, Sequence

from application.scanning.downloads import Answer
from domain.candles import Candle, Candles, Series
from domain.facts import Fact
from domain.market_facts import (
    CandleClosed,
    GapFilled,
    GapFound,
    PeriodClosed,
    candle_closed,
    candle_revised,
)
from domain.timeframes import timeframe
from domain.times import to_ms

APPEND = 5_000
"""Facts in a transaction, about: it is cut between two closes only."""


def new_candles(answer: Answer) -> list[Candle]:
    """Those that the tape does not have, oldest first."""
    recorded = set(answer.wanted.recorded.open_time.tolist())
    closed = answer.closed
    return [closed[time] for time in sorted(closed) if time not in recorded]


def revised_candles(answer: Answer) -> list[Candle]:
    """Those that the tape has with other numbers (other doubles, as its index keeps them)."""
    recorded, closed = answer.wanted.recorded, answer.closed
    return [
        candle
        for row, time in enumerate(recorded.open_time.tolist())
        if (candle := closed.get(time)) is not None and _differs(candle, recorded, row)
    ]


def confirmed(revised: Iterable[Candle], again: Answer) -> list[Candle]:
    """Those that a second look showed with the same numbers."""
    return [candle for candle in revised if again.closed.get(candle.open_time) == candle]


def candle_facts(
    series: Series, new: Iterable[Candle], revised: Iterable[Candle]
) -> Iterator[CandleClosed]:
    """What became new, and what became other."""
    for candle in new:
        yield candle_closed(series, candle)
    for candle in revised:
        yield candle_revised(series, candle)


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """By close, then the shorter timeframe; there candles by pair, their gaps, their period."""
    return sorted(facts, key=_place)


def batches(facts: Sequence[Fact]) -> Iterator[Sequence[Fact]]:
    """Facts in order, cut where a close ends: what belongs together is written together."""
    start = 0
    for end in range(1, len(facts) + 1):
        is_cut = end == len(facts) or _close(facts[end]) != _close(facts[end - 1])
        if is_cut and (end - start >= APPEND or end == len(facts)):
            yield facts[start:end]
            start = end


def _differs(candle: Candle, recorded: Candles, row: int) -> bool:
    columns = recorded.open, recorded.high, recorded.low, recorded.close, recorded.volume
    return any(
        float(number) != column[row] for number, column in zip(candle[1:], columns, strict=True)
    )


def _close(fact: Fact) -> int:
    """The close (ms) of the candle that a fact is about; 0 for what is about none."""
    match fact:
        case GapFilled():
            return to_ms(fact.until)
        case CandleClosed() | GapFound() | PeriodClosed():
            return to_ms(fact.at)
    return 0


def _place(fact: Fact) -> tuple[int, int, int, str]:
    match fact:
        case CandleClosed():
            return _close(fact), timeframe(fact.timeframe).ms, 0, fact.pair
        case GapFound() | GapFilled():
            return _close(fact), timeframe(fact.timeframe).ms, 1, fact.pair
        case PeriodClosed():
            return _close(fact), timeframe(fact.timeframe).ms, 2, ""
    return 0, 0, 0, getattr(fact, "pair", "")
