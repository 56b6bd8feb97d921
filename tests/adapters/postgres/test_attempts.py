"""What was asked in vain is kept for people to see: all of it, in order, for a week."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from adapters.postgres.attempts import AttemptTable, attempts
from application.ports import Attempt
from projections.queries import Connection
from tests.projections.history import ask

TIMEOUT = Attempt("candles", "no answer", "timeout after 10 s", "BTC/USDT", "1h")
REFUSED = Attempt("markets", "refused", "403")


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def log(database: str) -> Iterator[AttemptTable]:
    with closing(AttemptTable(database, "binance")) as log:
        yield log


def test_attempts_are_written_in_their_order_and_once(
    log: AttemptTable, connection: Connection
) -> None:
    for attempt in (TIMEOUT, REFUSED, TIMEOUT):
        log.note(attempt)
    assert attempts(connection, limit=9) == []
    log.flush()
    log.flush()
    rows = attempts(connection, limit=9)
    assert [row.kind for row in rows] == ["no answer", "refused", "no answer"]
    assert rows[0].id > rows[1].id > rows[2].id
    newest = rows[0]
    assert (newest.exchange, newest.asked, newest.pair, newest.timeframe, newest.reason) == (
        "binance", "candles", "BTC/USDT", "1h", "timeout after 10 s",
    )  # fmt: skip


def test_attempts_are_filtered_and_walked(
    database: str, log: AttemptTable, connection: Connection
) -> None:
    with closing(AttemptTable(database, "kraken")) as other:
        other.note(REFUSED)
        other.flush()
    for _ in range(3):
        log.note(TIMEOUT)
    log.flush()
    first = attempts(connection, exchange="binance", limit=2)
    rest = attempts(connection, exchange="binance", after=first[-1].id, limit=2)
    assert [len(first), len(rest)] == [2, 1]
    assert [row.exchange for row in attempts(connection, kind="refused", limit=9)] == ["kraken"]
    assert len(attempts(connection, pair="BTC/USDT", limit=9)) == 3


def test_of_too_many_attempts_the_newest_are_kept_and_it_is_said(
    database: str, connection: Connection
) -> None:
    with closing(AttemptTable(database, "binance", keep=4)) as small:
        for number in range(7):
            small.note(Attempt("time", "unavailable", str(number)))
        small.flush()
        small.note(REFUSED)
        small.flush()
    rows = attempts(connection, limit=99)
    assert [row.reason for row in rows[:5]] == ["403", "6", "5", "4", "3"]
    (dropped,) = rows[5:]
    assert (dropped.kind, dropped.reason) == (
        "dropped", "3 attempts before these were too many to keep",
    )  # fmt: skip


def test_attempts_are_forgotten_after_a_week(
    database: str, log: AttemptTable, connection: Connection
) -> None:
    connection.execute(
        "INSERT INTO ops.attempts (exchange, at, asked, kind, pair, timeframe, reason)"
        " SELECT 'binance', now() - days * interval '1 day', 'time', 'late', '', '', ''"
        " FROM unnest(ARRAY[6, 8]) AS days"
    )
    log.note(TIMEOUT)
    log.flush()
    assert ask(database, "SELECT now() - at < interval '7 days' FROM ops.attempts") == [True, True]


def test_whatever_an_exchange_said_can_be_kept(log: AttemptTable, connection: Connection) -> None:
    log.note(Attempt("time", "refused", "a\0b\ud800" + 5_000 * "x"))
    log.flush()
    (row,) = attempts(connection, limit=9)
    assert row.reason.startswith("a\N{REPLACEMENT CHARACTER}b?x")
    assert len(row.reason) < 1_100


def test_a_database_that_is_away_is_no_secret(log: AttemptTable, connection: Connection) -> None:
    log.note(TIMEOUT)
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'papertape attempts binance' AND datname = current_database()"
    )
    with pytest.raises(psycopg.OperationalError):
        log.flush()
