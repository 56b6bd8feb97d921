"""Projecting: events a second through the trading group, against a bare read and insert."""

from contextlib import closing
from time import perf_counter

import psycopg
from eventsourcing.persistence import JSONTranscoder

from adapters.postgres.follower import Follower
from adapters.postgres.recorders import Datastore, TradingRecorder
from application.tapes import FactMapper
from benchmarks.databases import fresh_database
from projections.groups import TRADING
from projections.projector import PAGE, Projector
from tests.projections.history import trading_past

HOURS = 2_500
ACCOUNTS = tuple(f"account {number}" for number in range(8))


def record(url: str) -> int:
    """Write the life of several accounts; returns the number of events."""
    mapper, datastore = FactMapper(JSONTranscoder()), Datastore(url, "trading")
    recorder = TradingRecorder(
        datastore, events_table_name="tape_events", tracking_table_name="tape_tracking"
    )
    events = [event for decision in trading_past(HOURS, ACCOUNTS) for event in decision]
    for first in range(0, len(events), 5_000):
        part = events[first : first + 5_000]
        recorder.insert_events([mapper.to_stored_event(event) for event in part])
    datastore.close()
    return len(events)


def project(url: str) -> float:
    """Seconds to project everything."""
    with (
        closing(Follower(url, "trading", "bench")) as follower,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        projector = Projector(TRADING, follower, connection)
        started = perf_counter()
        projector.catch_up()
        return perf_counter() - started


def bare(url: str) -> float:
    """Seconds to read the same pages and insert each, as it is, into one table."""
    with (
        closing(Follower(url, "trading", "bench")) as follower,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE bare (position bigint PRIMARY KEY, fact jsonb NOT NULL)")
        started, after = perf_counter(), 0
        while rows := follower.page(after, PAGE):
            after = rows[-1].position
            connection.execute(
                "INSERT INTO bare"
                " SELECT p, f::jsonb FROM unnest(%b::bigint[], %b::text[]) AS e (p, f)",
                [[row.position for row in rows], [row.state.decode() for row in rows]],
                prepare=True,
            )
        return perf_counter() - started


def main() -> None:
    with fresh_database() as url:
        count = record(url)
        projected, plain = count / project(url), count / bare(url)
        print(f"{'events':>8} {'projected/s':>12} {'bare/s':>10} {'ratio':>6}")
        print(f"{count:>8} {projected:>12.0f} {plain:>10.0f} {projected / plain:>6.2f}")


if __name__ == "__main__":
    main()
