"""Binary COPY into numpy: all rows, and a connection that can go on whatever happens."""

import signal
from collections.abc import Iterator

import psycopg
import pytest

from adapters.postgres.binary_copy import DOUBLE, INT, copy_rows, sent_row
from adapters.postgres.candles import Connection

COUNTED = """
    COPY (SELECT n, n / 4.0::float8 FROM generate_series(1::bigint, %(last)s) AS n)
    TO STDOUT (FORMAT binary)"""
ENDLESS = """
    COPY (SELECT generate_series(1::bigint, 1000000000), 1::float8) TO STDOUT (FORMAT binary)"""
FAILING = """
    COPY (SELECT n, 1 / (50000.0::float8 - n) FROM generate_series(1::bigint, 1000000) AS n)
    TO STDOUT (FORMAT binary)"""
ENDING = """
    COPY (SELECT n, CASE WHEN n = 50000 THEN pg_terminate_backend(pg_backend_pid())::int
        ELSE 0 END::float8 FROM generate_series(1::bigint, 1000000) AS n)
    TO STDOUT (FORMAT binary)"""
ROW = sent_row({"number": INT, "quarter": DOUBLE})


@pytest.fixture
def connection(server: str) -> Iterator[Connection]:
    with psycopg.connect(server, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("last", [0, 1, 2, 100_000])
def test_all_rows_are_read(connection: Connection, last: int) -> None:
    rows = copy_rows(connection, COUNTED, {"last": last}, ROW)
    assert rows["number"].tolist() == list(range(1, last + 1))
    assert rows["quarter"].tolist() == [number / 4 for number in range(1, last + 1)]


def test_an_error_in_the_midst_of_the_rows_is_raised_as_it_is(connection: Connection) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero):
            copy_rows(connection, FAILING, {}, ROW)
    assert is_ready(connection)


def test_what_cannot_be_asked_is_refused(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        copy_rows(connection, "COPY (SELECT * FROM nowhere) TO STDOUT (FORMAT binary)", {}, ROW)
    assert is_ready(connection)


def test_a_reader_that_is_interrupted_leaves_the_connection_ready(connection: Connection) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            copy_rows(connection, ENDLESS, {}, ROW)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert is_ready(connection)


def test_a_server_that_goes_away_is_an_error(server: str) -> None:
    connection = psycopg.connect(server, autocommit=True)
    with pytest.raises(psycopg.OperationalError):
        copy_rows(connection, ENDING, {}, ROW)
    assert connection.closed


def is_ready(connection: Connection) -> bool:
    return connection.execute("SELECT true").fetchone() == (True,)
