"""An append whose session is killed is tried again: nothing of the first try is left."""

from threading import Thread

import psycopg

from application.tapes import MarketTape
from tests.projections.history import ask, closed
from tests.scenario import BTC, ETH, at
from tests.system.test_kills import until

KILL_THE_WAITING = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
WITH_SERIES = "SELECT count(*) FROM market.candles JOIN market.series ON id = series"


def test_candles_of_new_series_are_never_without_their_series(
    database: str, market_tape: MarketTape
) -> None:
    facts = [closed(pair, at(0)) for pair in (BTC, ETH)]
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE market.candles IN EXCLUSIVE MODE")
        append = Thread(target=market_tape.record, args=(facts,))
        append.start()
        assert until(lambda: ask(database, KILL_THE_WAITING) == [True])
    append.join(30)
    assert ask(database, WITH_SERIES) == [2]
    assert ask(database, "SELECT max(position), count(*) FROM market.events") == [(2, 2)]
