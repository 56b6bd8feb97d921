"""The facts of paper trading and of a backtest, as bytes that must be the same.

One field may differ: `market_position` of the facts that set an account up. It is a place on the
market tape, and a backtest has none: it is taken for 0 in both. Left out is `EngineChanged`, which
is no account's.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import psycopg

from adapters.backtesting.tape import BeforeOnTape, head
from adapters.indicators.engine import compute
from adapters.planning import plans
from adapters.postgres.candles import CandleTable
from adapters.postgres.follower import MarketFollower
from adapters.settings import Settings
from application.backtest import Outcome, Recorded, Span, backtest
from application.chains import chained
from application.tapes import event_id, period_stream
from domain.blocks import needed
from domain.facts import encode
from domain.timeframes import Timeframe
from tests.adapters.indicators.series import HOUR
from tests.projections.history import ask
from tests.strategies import resolve
from tests.system.parity_markets import EXCHANGE, FRAMES, Markets

_SET_UP = {"AccountOpened", "AccountConfigured", "StrategyDeployed"}
_ON_TAPE = """
    SELECT originator_version, topic, state FROM trading.tape_events
    WHERE topic <> 'EngineChanged' ORDER BY notification_id"""
_WARM_UP = 840
"""Candles before one that may signal: more than any built-in strategy needs."""


class Told(NamedTuple):
    """A fact at its place: its number in its account's life, its topic, its canonical JSON."""

    number: int
    topic: str
    state: bytes


def on_paper(url: str) -> list[Told]:
    """All facts of all accounts of a database, in the order of the tape."""
    return [_without_position(Told(*row)) for row in ask(url, _ON_TAPE)]


def in_backtest(recorded: Recorded, url: str, settings: Settings) -> list[Told]:
    """Those of a backtest of all accounts, in the order in which a tape would have them.

    `url` is a database that says which strategies are deployed.
    """
    outcomes = backtest(recorded, plans(url, settings).accounts, compute, resolve)
    facts = [each for outcome in outcomes for each in _lived(outcome)]
    facts.sort(key=lambda each: each[0])
    return [_without_position(fact) for _, fact in facts]


def _lived(outcome: Outcome) -> Iterator[tuple[tuple[int, str], Told]]:
    """Each fact of an account, behind its place: that of its period, then the account's name."""
    name, number = outcome.plan.name, 0
    for chapter in outcome.chapters:
        cause = event_id(period_stream(EXCHANGE, chapter.timeframe), chapter.close)
        for event in chained(name, number, chapter.facts, cause):
            number = event.originator_version
            state = encode(event.fact, **event.ids)
            yield (chapter.place, name), Told(number, event.fact.topic, state)


def _without_position(fact: Told) -> Told:
    if fact.topic not in _SET_UP:
        return fact
    state = re.sub(rb'"market_position":\d+', b'"market_position":0', fact.state)
    return fact._replace(state=state)


def without_seen_at(facts: Sequence[Told]) -> list[Told]:
    """The facts, but for when the exchange's clock was read."""
    return [
        fact._replace(state=re.sub(rb'"seen_at":"[^"]*",', b"", fact.state)) for fact in facts
    ]  # fmt: skip


def assert_same(paper: Sequence[Told], tested: Sequence[Told]) -> None:
    """Say which fact is the first that differs."""
    for place, (one, other) in enumerate(zip_longest(paper, tested)):
        assert one == other, f"fact {place}:\non paper {one}\nin the backtest {other}"


def on_market_tape(
    connection: psycopg.Connection[tuple[Any, ...]], url: str, markets: Markets, hours: int
) -> Recorded:
    """What the market tape holds, in spans of so many hours that have no more than their warm-up.

    They begin anywhere, in the midst of blocks and of longer periods too.
    """
    position = head(connection)
    tables = {frame: CandleTable(connection, EXCHANGE, frame.name) for frame in FRAMES}

    def span(since: int, until: int) -> Span:
        candles = {
            frame.name: {
                pair: table.between(pair, _begin(since, frame), until - frame.ms + 1, position)
                for pair in markets.pairs
            }
            for frame, table in tables.items()
        }
        before = {frame.name: BeforeOnTape(table, position) for frame, table in tables.items()}
        return Span(candles, since, until, before)

    follower = MarketFollower(url)
    try:
        rules = follower.listings_at(position)[EXCHANGE].rules
    finally:
        follower.close()
    cuts = [markets.start - 1, *range(markets.start, markets.end, hours * HOUR)[1:], markets.end]
    return Recorded(EXCHANGE, rules, map(span, cuts[:-1], cuts[1:]))


def _begin(since: int, frame: Timeframe) -> int:
    return needed(frame.open_of(since), frame, _WARM_UP).since
