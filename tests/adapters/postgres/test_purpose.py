"""A demo's database may be emptied, by one demo at a time; what somebody keeps may not."""

from threading import Timer

import psycopg
import pytest

from adapters.postgres.purpose import (
    AnotherDemoRuns,
    HoldsAnotherTape,
    IsADemo,
    only_demo,
    prepare_for_demo,
    refuse_a_demo,
)
from application.tapes import MarketTape
from tests.projections.history import ask, record_market_past

SERIES_OF = (
    "INSERT INTO market.series (exchange, pair, timeframe, stream)"
    " VALUES (%s, 'BTC/USDT', '1m', gen_random_uuid())"
)


@pytest.fixture
def demos(database: str) -> str:
    """A database that a demo has prepared for itself."""
    prepare_for_demo(database, "one", None)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SERIES_OF, ["sandbox"])
    return database


def test_a_database_of_nobody_is_not_a_demo_s(database: str) -> None:
    refuse_a_demo(database)


def test_a_demo_s_database_is_refused_to_what_is_kept(demos: str) -> None:
    with pytest.raises(IsADemo, match="This database is a demo's"):
        refuse_a_demo(demos)


def test_another_demo_empties_a_demo_s_database(demos: str) -> None:
    prepare_for_demo(demos, "another", None)
    assert ask(demos, "SELECT count(*) FROM market.series") == [0]


def test_candles_of_another_exchange_are_never_emptied(demos: str) -> None:
    with psycopg.connect(demos, autocommit=True) as connection:
        connection.execute(SERIES_OF, ["binance"])
    with pytest.raises(HoldsAnotherTape):
        prepare_for_demo(demos, "another", None)
    assert ask(demos, "SELECT count(*) FROM market.series") == [2]


def test_markets_of_another_exchange_are_never_emptied(demos: str, market_tape: MarketTape) -> None:
    record_market_past(market_tape, 3)
    with psycopg.connect(demos, autocommit=True) as connection:
        connection.execute("DELETE FROM market.series")
    before = ask(demos, "SELECT count(*) FROM market.tape_events")
    with pytest.raises(HoldsAnotherTape):
        prepare_for_demo(demos, "one", None)
    assert ask(demos, "SELECT count(*) FROM market.tape_events") == before


def test_a_database_has_one_demo_at_a_time(demos: str) -> None:
    with (
        only_demo(demos),
        pytest.raises(AnotherDemoRuns, match="nother demo is running on this database"),
        only_demo(demos, patience_ms=50),
    ):
        pass
    with only_demo(demos, patience_ms=50):
        pass


def test_a_demo_waits_for_one_that_is_just_ending(demos: str) -> None:
    with psycopg.connect(demos, autocommit=True) as killed:
        killed.execute("SELECT pg_advisory_lock(hashtextextended('demo', 3))")
        ending = Timer(0.3, killed.close)
        ending.start()
        with only_demo(demos):
            assert killed.closed
        ending.join()


def test_a_demo_whose_lock_was_cut_off_ends_in_order(demos: str) -> None:
    with only_demo(demos):
        ask(
            demos,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'papertape demo' AND datname = current_database()",
        )
