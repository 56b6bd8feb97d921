"""The projector: each page once, whatever is killed and however pages are cut."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread

import psycopg
import pytest

from adapters.postgres.follower import Follower
from application.tapes import MarketTape, TapeEvent, TradingTape, stream
from domain.facts import Fact
from projections.groups import MARKET, TRADING
from projections.page import Cursor, Page
from projections.projector import (
    Group,
    PositionMoved,
    Projector,
    ReadModel,
    positions,
    project_page,
)
from projections.queries import Connection
from tests.projections.following import project, projector
from tests.projections.history import (
    ask,
    dump,
    record_market_past,
    record_trading_past,
)
from tests.projections.varied import record_varied_past
from tests.scenario import at

HOURS = 40
PATIENCE = 20.0


@pytest.fixture
def both_tapes(database: str, market_tape: MarketTape, trading_tape: TradingTape) -> str:
    """A database with a past on both tapes, nothing projected."""
    record_market_past(market_tape, HOURS)
    record_trading_past(trading_tape, HOURS)
    deque(record_varied_past(trading_tape, HOURS), maxlen=0)
    return database


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def forget(url: str) -> None:
    """Drop all that was projected."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "TRUNCATE read.positions, read.markets, read.periods, read.scans, read.gaps,"
            " read.exchanges, read.signals, read.orders, read.order_feed, read.trades,"
            " read.accounts, read.locks"
        )


def test_the_size_of_pages_changes_nothing(both_tapes: str) -> None:
    dumps = []
    for page in (500, 7, 1):
        forget(both_tapes)
        project(both_tapes, page=page)
        dumps.append(dump(both_tapes))
    assert dumps[0] == dumps[1] == dumps[2]
    assert (
        min(len(dumps[0][table]) for table in ("signals", "orders", "trades", "scans", "gaps")) > 2
    )


def test_a_page_is_refused_a_second_time(both_tapes: str, connection: Connection) -> None:
    with closing(Follower(both_tapes, "trading", "test")) as follower:
        rows = follower.page(0, 50)
        positions(connection, TRADING)
        assert project_page(connection, TRADING.read_models, "trading", rows, 0) == 50
        before = dump(both_tapes)
        with pytest.raises(PositionMoved):
            project_page(connection, TRADING.read_models, "trading", rows, 0)
    assert dump(both_tapes) == before


def test_a_projector_killed_in_a_page_leaves_nothing_of_it(
    both_tapes: str, connection: Connection
) -> None:
    def die(cursor: Cursor, page: Page) -> None:
        raise KeyboardInterrupt

    with closing(Follower(both_tapes, "trading", "test")) as follower:
        positions(connection, TRADING)
        dying = (*TRADING.read_models[:-1], ReadModel("accounts", die))
        with pytest.raises(KeyboardInterrupt):
            project_page(connection, dying, "trading", follower.page(0, 50), 0)
    assert set(positions(connection, TRADING).values()) == {0}
    assert dump(both_tapes)["signals"] == []


def test_projectors_killed_between_pages_change_nothing(both_tapes: str) -> None:
    project(both_tapes)
    whole = dump(both_tapes)
    forget(both_tapes)
    going_on = True
    while going_on:
        with projector(both_tapes, TRADING, page=30) as one:
            going_on = one.step()
    project(both_tapes)
    assert dump(both_tapes) == whole


def test_a_read_model_that_is_behind_catches_up_alone(
    both_tapes: str, connection: Connection
) -> None:
    project(both_tapes)
    whole = dump(both_tapes)
    connection.execute("DELETE FROM read.positions WHERE projection = 'trades'")
    connection.execute("TRUNCATE read.trades")
    project(both_tapes)
    assert dump(both_tapes) == whole
    assert len(set(positions(connection, TRADING).values())) == 1


def test_an_unknown_topic_is_passed(
    database: str, trading_tape: TradingTape, connection: Connection
) -> None:
    class StopPraised(Fact, frozen=True):
        pass

    event = TapeEvent(stream("test"), 1, StopPraised(at(0)))
    trading_tape.record([event], handled=1, before=0)
    project(database)
    assert set(positions(connection, TRADING).values()) == {1}


def test_the_feed_is_woken_when_a_page_is_committed(both_tapes: str) -> None:
    with psycopg.connect(both_tapes, autocommit=True) as listening:
        listening.execute("LISTEN order_feed")
        project(both_tapes, MARKET)
        project(both_tapes, TRADING)
        woken = list(listening.notifies(timeout=PATIENCE, stop_after=1))
    assert [each.channel for each in woken] == ["order_feed"]


def until(url: str, query: str, wanted: list[object]) -> None:
    """Wait, for a bounded time, until a query has these rows."""
    turn = Event()
    for _ in range(int(PATIENCE / 0.05)):
        if ask(url, query) == wanted:
            return
        turn.wait(0.05)
    assert ask(url, query) == wanted


def following(url: str, group: Group, stop: Event) -> None:
    """Run a projector until told to stop."""
    with (
        closing(Follower(url, group.tape, f"project {group.name}")) as follower,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        Projector(group, follower, connection).run(stop)


def test_one_projector_leads_and_another_stands_by(
    database: str, trading_tape: TradingTape
) -> None:
    stops = [Event(), Event()]
    threads = [Thread(target=following, args=(database, TRADING, stop)) for stop in stops]
    for thread in threads:
        thread.start()
    try:
        count = record_trading_past(trading_tape, 5)
        at_count = "SELECT DISTINCT position FROM read.positions WHERE tape = 'trading'"
        until(database, at_count, [count])
        stops[0].set()
        threads[0].join(PATIENCE)
        trading_tape.record(
            [TapeEvent(stream("test"), 1, Fact(at(9)))], handled=9, before=trading_tape.handled()
        )
        until(database, at_count, [count + 1])
    finally:
        for stop, thread in zip(stops, threads, strict=True):
            stop.set()
            thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
