"""The recorders: the event library's own suites, gapless positions, and a tape that stays."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
)

from adapters.postgres.follower import Follower
from adapters.postgres.recorders import (
    Datastore,
    FastSnapshotRecorder,
    FastTapeRecorder,
    MarketRecorder,
    TradingRecorder,
)
from application.tapes import MarketTape, TapeEvent, TradingTape, stream
from tests.projections.history import ask, closed, period_closed
from tests.scenario import BTC, ETH, at


class OnTheDatabase:
    """Gives the library's suites a fresh database each."""

    url: str
    datastores: list[Datastore]

    @pytest.fixture(autouse=True)
    def _on(self, database: str) -> Iterator[None]:
        self.url, self.datastores = database, []
        yield
        for datastore in self.datastores:
            datastore.close()

    def datastore(self, schema: str) -> Datastore:
        self.datastores.append(Datastore(self.url, schema))
        return self.datastores[-1]


class TestMarketRecorder(OnTheDatabase, ApplicationRecorderTestCase[MarketRecorder]):
    def create_recorder(self) -> MarketRecorder:
        return MarketRecorder(self.datastore("market"), events_table_name="tape_events")


class TestTradingRecorderAsApplication(OnTheDatabase, ApplicationRecorderTestCase[TradingRecorder]):
    def create_recorder(self) -> TradingRecorder:
        return trading_recorder(self.datastore("trading"))


class TestTradingRecorderAsProcess(OnTheDatabase, ProcessRecorderTestCase):
    def create_recorder(self) -> TradingRecorder:
        return trading_recorder(self.datastore("trading"))


class TestOrderOfCommits(OnTheDatabase, NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> FastTapeRecorder:
        return FastTapeRecorder(self.datastore("market"), events_table_name="tape_events")


class TestSnapshotRecorder(OnTheDatabase, AggregateRecorderTestCase):
    def create_recorder(self) -> FastSnapshotRecorder:
        return FastSnapshotRecorder(self.datastore("trading"), events_table_name="tape_snapshots")


def trading_recorder(datastore: Datastore) -> TradingRecorder:
    return TradingRecorder(
        datastore, events_table_name="tape_events", tracking_table_name="tape_tracking"
    )


# pytest would collect the library's classes themselves
del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
del ProcessRecorderTestCase, AggregateRecorderTestCase


def positions(url: str) -> list[int]:
    return ask(url, "SELECT notification_id FROM market.tape_events ORDER BY 1")


def test_positions_have_no_gap_under_concurrent_appends(
    database: str, market_tape: MarketTape
) -> None:
    def append(number: int) -> None:
        market_tape.record([closed(f"C{number}/USDT", at(hour)) for hour in range(10)])

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(append, number) for number in range(20)]:
            done.result()
    assert positions(database) == list(range(1, 201))
    assert ask(database, "SELECT position FROM market.candles ORDER BY 1") == positions(database)


def test_a_refused_page_leaves_no_gap_and_no_candle(database: str, market_tape: MarketTape) -> None:
    market_tape.record([closed(BTC, at(0))])
    with pytest.raises(IntegrityError):
        market_tape.record([closed(ETH, at(0)), closed(BTC, at(0))])
    market_tape.record([closed(ETH, at(1))])
    assert positions(database) == [1, 2]
    assert ask(database, "SELECT position FROM market.candles ORDER BY 1") == [1, 2]


@pytest.mark.parametrize("schema", ["market", "trading"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET topic = 'Nothing'", "DELETE FROM {}", "TRUNCATE {}"],
)
def test_a_tape_refuses_change(database: str, schema: str, statement: str) -> None:
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="is never changed"),
    ):
        connection.execute(statement.format(f"{schema}.tape_events").encode())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE market.candles SET close = 1",
        "DELETE FROM market.candles",
        "TRUNCATE market.candles",
    ],
)
def test_a_recorded_candle_is_only_superseded(database: str, statement: str) -> None:
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_facts_and_handled_position_are_committed_together(trading_tape: TradingTape) -> None:
    event = TapeEvent(stream("test"), 1, period_closed(at(1)))
    trading_tape.record([event], handled=5, before=0)
    again = TapeEvent(stream("test"), 2, period_closed(at(2)))
    with pytest.raises(IntegrityError):
        trading_tape.record([again], handled=6, before=4)
    assert (trading_tape.handled(), trading_tape.head()) == (5, 1)


def test_a_follower_of_the_market_tape_never_walks_candles(
    database: str, market_tape: MarketTape
) -> None:
    recorder = market_tape.recorder
    candles = [StoredEvent(uuid4(), 1, "CandleClosed", b"{}") for _ in range(20_000)]
    for start in range(0, len(candles), 5_000):
        recorder.insert_events(candles[start : start + 5_000])
    market_tape.record([period_closed(at(1))])
    follower = Follower(database, "market", "test")
    for _ in range(7):
        assert [row.position for row in follower.page(0, 500)] == [20_001]
    follower.close()
    assert "tape_events_acts_idx" in plan_after_six_executions(database)


def plan_after_six_executions(url: str) -> str:
    """The plan that Postgres has settled on for the follower's query."""
    query = (
        "SELECT notification_id, state FROM market.tape_events WHERE notification_id > $1"
        " AND topic <> 'CandleClosed' ORDER BY notification_id LIMIT $2"
    )
    with psycopg.connect(url) as connection:
        connection.execute(f"PREPARE follow (bigint, bigint) AS {query}".encode())
        for _ in range(6):
            connection.execute("EXECUTE follow (0, 500)")
        rows = connection.execute("EXPLAIN EXECUTE follow (0, 500)").fetchall()
    return "\n".join(row[0] for row in rows)


def test_a_follower_is_woken_by_an_append(database: str, market_tape: MarketTape) -> None:
    follower = Follower(database, "market", "test")
    market_tape.record([period_closed(at(1))])
    follower.wait(20)
    assert [row.topic for row in follower.page(0, 10)] == ["PeriodClosed"]
    assert follower.page(1, 10) == []
    follower.close()


def test_one_follower_leads_until_its_connection_ends(database: str) -> None:
    first, second = (Follower(database, "market", "test") for _ in range(2))
    assert (first.lead(), second.lead()) == (True, False)
    first.close()
    for _ in range(400):
        if second.lead():
            break
        second.wait(0.05)
    assert second.lead()
    second.close()


def test_an_append_larger_than_the_buffers_of_the_connection_is_written_whole(
    market_tape: MarketTape, database: str
) -> None:
    large = [
        TapeEvent(stream("large", str(number)), 1, period_closed(at(1))) for number in range(20_000)
    ]
    rows = [market_tape.mapper.to_stored_event(event) for event in large]
    with ThreadPoolExecutor(1) as writer:
        positions = writer.submit(market_tape.recorder.insert_events, rows).result(timeout=60)
    assert positions == list(range(1, 20_001))
    assert ask(database, "SELECT count(*) FROM market.tape_events") == [20_000]
