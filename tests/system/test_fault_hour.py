"""Hours of an exchange at which everything goes wrong: the tape is what it published in the end.

`MARKETS` (8), `HOURS` (0.6) and `SEED` (7) in the environment say how many and which. Descending
rows and repeated ones are put right without a word; all else leaves a fact or an attempt.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.bootstrap import Database, market_tape, trading
from adapters.planning import plans, scan_plan
from adapters.settings import Settings
from domain.facts import Fact, decode
from jobs.demo import has_followed
from jobs.sandbox_process import sandbox_process
from jobs.scans import scanning_alone
from jobs.stack import Stack
from tests.conftest import _execute, url_of
from tests.projections.history import ask
from tests.system.faults import LIMIT, Hours
from tests.system.scanned import (
    assert_every_hole_is_a_gap,
    assert_gaps_are_in_the_table,
    assert_is_published,
    assert_tables_are_the_tape,
    gaps,
    status,
)
from tests.system.scanning import scan_through, settings_of
from tests.system.test_tables_equal_tape import SAME, _in_words

HOURS = Hours(
    markets=int(os.environ.get("MARKETS", "8")),
    minutes=round(float(os.environ.get("HOURS", "0.6")) * 60),
    seed=int(os.environ.get("SEED", "7")),
)
PATIENCE = 60.0 + HOURS.markets * HOURS.minutes / 5
"""Seconds that scanning may take at most."""

TRACES = {
    "absent": "^GapFound",
    "bad_candle": "^bad candle",
    "clock": "its clock says",
    "contradicting_duplicates": "",
    "descending": "",
    "disconnect": "closed the connection without an answer",
    "duplicates": "",
    "empty": "without the candles that were there before",
    "halted": "^GapFound|^MarketDelisted",
    "hang": "no answer in time|closed the connection without an answer",
    "late": "^late: no candle of",
    "not_json": "a page instead of JSON",
    "outage": "^ExchangeStalled",
    "restated": "^CandleRevised",
    "seconds": "is no time in ms",
    "status": "HTTP [45]",
    "truncated": "cut off",
    "wrong_json": "is no time in ms|cut off or wrong|makes no sense|no rows of candles",
}
"""What each kind of fault leaves in attempts or facts; nothing where the rows are put right."""

TELLING = """
    SELECT kind || ': ' || reason FROM ops.attempts UNION ALL
    SELECT topic || ': ' || coalesce(fact->>'reason', '') FROM market.events
    WHERE topic NOT IN ('CandleClosed', 'PeriodClosed')"""
CHANGES = """
    SELECT topic, fact->>'pair' FROM market.events
    WHERE topic IN ('MarketListed', 'MarketDelisted', 'MarketRulesChanged')"""
CANDLES = """
    SELECT topic, convert_to(fact::text, 'UTF8') FROM market.events
    WHERE topic IN ('CandleClosed', 'CandleRevised', 'MarketListed', 'MarketRulesChanged',
        'PeriodClosed') ORDER BY position"""
TRADES = "SELECT topic, fact - 'market_position' FROM trading.events ORDER BY position"
STILL_TRUE = (
    "periods",
    "signals and what became of them",
    "orders by what became of them",
    "the order feed",
    "trades by how they ended",
    "an account's money",
)
"""What is asked of tapes and tables elsewhere, and holds also where markets come and go."""


@pytest.fixture
def elsewhere(server: str, template: str) -> Iterator[str]:
    """The URL of another fresh, migrated database."""
    name = f"papertape_test_{uuid4().hex}"
    _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield url_of(server, name)
    _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


def test_hours_of_faults_leave_what_the_exchange_published(
    database: str, elsewhere: str, tmp_path: Path
) -> None:
    print(f"MARKETS={HOURS.markets} HOURS={HOURS.minutes / 60} SEED={HOURS.seed}")
    with sandbox_process(HOURS.arguments(tmp_path)) as sandbox:
        settings = settings_of(sandbox.url)
        live_through(database, settings)
        told = status(sandbox.url)
        compared = assert_is_published(database, sandbox.url)
    print(f"{compared} candles are as they were published; {told['weight']}; {told['faults']}")
    assert told["weight"]["refused"] == 0
    assert told["weight"]["most_in_a_minute"] <= LIMIT
    assert_every_fault_left_a_trace(database, told["faults"])
    assert_markets_came_and_went(database)
    assert_every_hole_is_a_gap(database)
    assert_gaps_have_a_reason(database, tmp_path)
    assert_tables_are_the_tape(database)
    assert_read_models_are_the_tape(database)
    assert_the_same_is_traded_again(database, elsewhere, settings)


def live_through(url: str, settings: Settings) -> None:
    """Scan, trade and project to the end; then ask again for what failed and what is missing."""
    wanted = plans(url, settings)
    with Stack(Database(url, lambda: None)) as stack:
        stack.trade(wanted)
        stack.project()
        stack.add("scanning", partial(scan_through, url, settings, stack.stop))
        wait_until(stack, lambda: not stack.works("scanning"))
        (of,) = settings.exchanges
        with scanning_alone(url, of, scan_plan(wanted, of)) as asking:
            asking.ask(lambda scanner: scanner.revalidate())
        wait_until(stack, lambda: has_followed(url))


def wait_until(stack: Stack, is_so: Callable[[], bool]) -> None:
    """Wait for it, unless a worker fails."""
    end_of_time = time.monotonic() + PATIENCE
    while not is_so():
        stack.check()
        assert time.monotonic() < end_of_time, "it takes too long"
        stack.stop.wait(0.2)
    stack.check()


def assert_every_fault_left_a_trace(url: str, hits: dict[str, int]) -> None:
    """Every kind of fault was there, and can be seen in attempts or facts."""
    assert hits.keys() == TRACES.keys()
    telling = ask(url, TELLING)
    for kind, pattern in TRACES.items():
        assert any(re.search(pattern, text) for text in telling), kind


def assert_markets_came_and_went(url: str) -> None:
    """As it was planned for each hour."""
    changes = ask(url, CHANGES)
    for number, (new, gone, halted) in enumerate(HOURS.changing):
        assert ("MarketListed", new) in changes
        assert ("MarketDelisted", gone) in changes
        assert ("MarketDelisted", halted) in changes
        assert ("MarketRulesChanged", HOURS.pairs[number]) in changes


def assert_gaps_have_a_reason(url: str, folder: Path) -> None:
    """A gap is there for candles that could not be seen in time, or has been filled.

    Contradicting rows are left out of an answer: what they hid is no gap for long.
    """
    missing, filled = gaps(url)
    for pair, times in missing.items():
        in_time = times - HOURS.unseen(folder, pair)
        assert not in_time, (pair, sorted(in_time)[:5])
    assert sum(map(len, filled.values())) > 0


def assert_read_models_are_the_tape(url: str) -> None:
    """Asked by SQL that shares nothing."""
    for what in STILL_TRUE:
        on_tape, in_table = (ask(url, query) for query in SAME[what])
        assert sorted(map(_in_words, in_table)) == sorted(map(_in_words, on_tape)), what
    assert_gaps_are_in_the_table(url)


def assert_the_same_is_traded_again(url: str, elsewhere: str, settings: Settings) -> None:
    """The same candles, seen at the same time, lead to the same trades in another database."""
    tape, facts = market_tape(elsewhere), candle_facts(url)
    for first in range(0, len(facts), 2_000):
        tape.record(facts[first : first + 2_000])
    tape.close()
    with trading(elsewhere, plans(elsewhere, settings)) as (_, open_desk):
        desk = open_desk()
        while desk.trade_page():
            pass
    before, after = ask(url, TRADES), ask(elsewhere, TRADES)
    assert sum(topic == "TradeOpened" for topic, _ in before) > 3
    assert before == after


def candle_facts(url: str) -> list[Fact]:
    """What trading depends on, in the order of the tape."""
    with psycopg.connect(url) as connection:
        rows: list[Any] = connection.execute(CANDLES.encode()).fetchall()
        return [decode(topic, state) for topic, state in rows]
