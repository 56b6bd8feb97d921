"""Kept backtests: what gives them again, and facts as paper trading would have written them."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psycopg
import pytest

from adapters.backtesting.documents import described
from adapters.backtesting.keeping import keep, told
from adapters.backtesting.results import Result, result_of
from adapters.backtesting.running import run as run_backtest
from adapters.postgres.candles import Connection
from adapters.postgres.runs import run, runs
from application.tapes import account_stream, event_id, period_stream
from domain.account.facts import AccountOpened, TradeClosed
from domain.facts import decode
from tests.adapters.backtesting.made import asked, folder_of, from_files, walks
from tests.projections.history import ask

WALKS = walks(300)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection


@pytest.fixture
def result(tmp_path: Path) -> Result:
    ready = from_files(asked(data=folder_of(WALKS, tmp_path), fills=("plain", "pessimistic")))
    done = run_backtest(*ready)
    done.seconds["total"] = 1.0
    return result_of(*ready, done)


def test_a_run_is_kept_with_what_gives_it_again(connection: Connection, result: Result) -> None:
    number = keep(connection, result, facts=False)
    row = run(connection, number)
    assert row is not None
    expected = described(result)
    kept = asdict(row)
    assert {name: kept[name] for name in expected} == expected
    assert kept["engine"] > 0
    assert kept["libraries"].keys() == {"backtrader", "numpy", "ta-lib"}
    assert [each["name"] for each in kept["accounts"]] == ["plain", "pessimistic"]
    assert kept["accounts"][1]["terms"]["fills"]["band"] == "pessimistic"
    source = connection.execute("SELECT source FROM trading.sources WHERE hash = %s", [row.source])
    assert source.fetchone() == (result.prepared.source.text,)


def test_runs_are_listed_newest_first(connection: Connection, result: Result) -> None:
    numbers = [keep(connection, result, facts=False) for _ in range(3)]
    assert [row.id for row in runs(connection)] == numbers[::-1]
    assert [row.id for row in runs(connection, limit=1)] == numbers[2:]
    assert [row.id for row in runs(connection, after=numbers[1])] == numbers[:1]
    assert runs(connection, strategy="other") == []
    assert run(connection, numbers[2] + 1) is None


def test_facts_are_kept_as_on_a_tape(connection: Connection, database: str, result: Result) -> None:
    number = keep(connection, result, facts=True)
    rows = ask(
        database,
        "SELECT topic, state FROM backtests.run_facts"
        f" WHERE run = {number} AND account = 'plain' ORDER BY version",
    )
    plain, _ = (account.outcome for account in result.accounts)
    facts = [fact for chapter in plain.chapters for fact in chapter.facts]
    assert [decode(topic, state.encode()) for topic, state in rows] == facts
    assert ask(database, "SELECT DISTINCT account FROM backtests.run_facts ORDER BY 1") == [
        "pessimistic", "plain",
    ]  # fmt: skip
    assert ask(database, "SELECT count(*) FROM trading.tape_events") == [0]


def test_facts_have_the_ids_of_their_places_and_what_caused_them(result: Result) -> None:
    outcome = result.accounts[0].outcome
    events = list(told(outcome))
    stream = account_stream("plain")
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))
    assert all(
        event.ids["id"] == str(event_id(stream, event.originator_version)) for event in events
    )
    opened = events[0]
    assert isinstance(opened.fact, AccountOpened)
    first = event_id(period_stream("bench", "1h"), outcome.chapters[0].close)
    assert opened.ids["causation_id"] == str(first)
    by_id = {event.ids["id"]: event for event in events}
    closed = [event for event in events if isinstance(event.fact, TradeClosed)]
    for event in closed:
        cause = by_id[event.ids["causation_id"]].fact
        assert getattr(cause, "trade", None) == getattr(event.fact, "trade", 0)


def test_what_is_deleted_takes_its_facts_with_it(connection: Connection, result: Result) -> None:
    number = keep(connection, result, facts=True)
    connection.execute("DELETE FROM backtests.runs WHERE id = %s", [number])
    left = connection.execute("SELECT count(*) FROM backtests.run_facts").fetchone()
    assert left == (0,)
