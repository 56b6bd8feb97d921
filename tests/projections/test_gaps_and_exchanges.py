"""Gaps are open until they are filled, exchanges stalled until they resume."""

from collections.abc import Iterator

import psycopg
import pytest

from application.tapes import MarketTape
from domain.market_facts import ExchangeResumed, ExchangeStalled
from projections.exchanges import exchanges
from projections.gaps import SeriesKey, Span, gaps, lacks, open_gaps
from projections.queries import Connection
from tests.projections.following import project
from tests.projections.history import (
    ask,
    gap_filled,
    gap_found,
    period_closed,
    record_market_past,
)
from tests.scenario import BTC, ETH, XRP, at


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def test_a_gap_is_open_until_all_of_it_is_filled(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([gap_found(BTC, at(0), 6), gap_found(ETH, at(3), 2, "out of reach")])
    market_tape.record([gap_filled(BTC, at(1), 2, seen_at=at(9))])
    project(database)
    _, btc = gaps(connection, limit=9)
    assert (btc.since, btc.until, btc.candles, btc.reason) == (at(0), at(6), 6, "outage")
    assert (btc.filled, btc.filled_at, btc.found_at) == (2, None, at(7))
    assert btc.still_missing == [Span(at(0), at(1)), Span(at(3), at(6))]
    market_tape.record([gap_filled(BTC, at(0), 1, seen_at=at(10))])
    market_tape.record([gap_filled(BTC, at(3), 3, seen_at=at(11))])
    project(database)
    (eth,) = gaps(connection, limit=9)
    assert (eth.pair, eth.reason, open_gaps(connection)) == (ETH, "out of reach", 1)
    _, btc = gaps(connection, filled=True, limit=9)
    assert (btc.filled, btc.filled_at, btc.still_missing) == (6, at(11), [])


def test_gaps_are_filtered_and_walked(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([gap_found(pair, at(0), 2) for pair in (BTC, ETH, XRP)])
    project(database)
    newest, middle = gaps(connection, limit=2)
    (oldest,) = gaps(connection, after=middle.position, limit=2)
    assert [newest.pair, middle.pair, oldest.pair] == [XRP, ETH, BTC]
    assert [row.pair for row in gaps(connection, pair=ETH, limit=9)] == [ETH]
    assert gaps(connection, exchange="kraken", limit=9) == []


def test_what_a_series_lacks_is_summed_over_its_open_gaps(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([gap_found(BTC, at(0), 2), gap_found(BTC, at(5), 9)])
    market_tape.record([gap_found(ETH, at(0), 1), gap_filled(ETH, at(0), 1, seen_at=at(9))])
    market_tape.record([gap_filled(BTC, at(5), 4, seen_at=at(9))])
    project(database)
    btc, eth = (SeriesKey("binance", "1h", pair) for pair in (BTC, ETH))
    found = lacks(connection, [btc, eth])
    assert found.keys() == {btc}
    assert (found[btc].candles, found[btc].gaps) == (7, 2)
    assert (found[btc].since, found[btc].until) == (at(5), at(14))


def test_gaps_are_what_the_tape_says(database: str, market_tape: MarketTape) -> None:
    record_market_past(market_tape, 60)
    project(database)
    filled = """
        SELECT g.fact->>'pair', (g.fact->>'since')::timestamptz, (g.fact->>'candles')::int,
            coalesce(sum((f.fact->>'candles')::int), 0)
        FROM market.events AS g LEFT JOIN market.events AS f ON f.topic = 'GapFilled'
            AND f.fact->'pair' = g.fact->'pair' AND f.fact->>'since' >= g.fact->>'since'
            AND f.fact->>'until' <= g.fact->>'until'
        WHERE g.topic = 'GapFound' GROUP BY 1, 2, 3 ORDER BY 2, 1"""
    rows = ask(database, filled)
    assert rows == ask(
        database, "SELECT pair, since, candles, filled FROM read.gaps ORDER BY since, pair"
    )
    ends = "SELECT count(*) FILTER (WHERE filled_at IS NOT NULL), count(*) FROM read.gaps"
    assert ask(database, ends) == [(sum(row[2] == row[3] for row in rows), len(rows))]
    assert 0 < sum(row[2] == row[3] for row in rows) < len(rows)


def test_an_exchange_is_stalled_until_it_resumes(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([period_closed(at(1)), ExchangeStalled(at(1), "binance", "no answer")])
    project(database)
    (row,) = exchanges(connection)
    assert (row.stalled, row.stalled_since, row.reason) == (True, at(1), "no answer")
    market_tape.record([ExchangeResumed(at(3), "binance", at(1))])
    project(database)
    (row,) = exchanges(connection)
    assert (row.stalled, row.resumed_at, row.clock) == (False, at(3), at(3))
    market_tape.record([ExchangeStalled(at(5), "binance", "no trades")])
    project(database)
    (row,) = exchanges(connection)
    assert (row.stalled, row.stalled_since, row.resumed_at) == (True, at(5), None)


def test_an_exchange_that_never_answered_is_known_by_its_attempts(
    connection: Connection,
) -> None:
    connection.execute(
        "INSERT INTO ops.attempts (exchange, at, asked, kind, pair, timeframe, reason)"
        " SELECT 'kraken', now() - minutes * interval '1 min', 'time', 'no answer', '', '', 'away'"
        " FROM unnest(ARRAY[1, 50, 70]) AS minutes"
    )
    connection.execute(
        "INSERT INTO ops.budgets VALUES ('bybit', now(), now() + interval '1 min', '429'),"
        " ('okx', now(), now() - interval '1 min', '418')"
    )
    bybit, kraken = exchanges(connection)
    assert (kraken.clock, kraken.stalled, kraken.attempts) == (None, False, {"no answer": 2})
    assert (bybit.wait_why, bybit.wait_until is not None, bybit.attempts) == ("429", True, {})
