"""What a database is for: a demo's may be emptied, a tape that somebody keeps may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.errors import LockNotAvailable

from adapters.postgres.migrations import upgrade

_DEMO = "demo "
_EXCHANGE = "sandbox"
_LOCK = "SELECT pg_advisory_lock(hashtextextended('demo', 3))"
_PATIENCE_MS = 3_000
_NEWEST_CLOSE: LiteralString = """
    SELECT max(originator_version) FROM market.tape_events
    WHERE originator_id = (SELECT originator_id FROM market.tape_events
        WHERE topic = 'PeriodClosed' AND topic <> 'CandleClosed'
        ORDER BY notification_id DESC LIMIT 1)"""
_OF_ANOTHER_EXCHANGE: LiteralString = """
    SELECT EXISTS (SELECT FROM market.series WHERE exchange <> %(demo)s)
        OR EXISTS (SELECT FROM market.events
            WHERE topic IN ('MarketListed', 'MarketRulesChanged')
                AND fact->>'exchange' <> %(demo)s)"""


class HoldsAnotherTape(Exception):
    """This database holds a tape that is not a demo's. Give the demo an empty database."""


class IsADemo(Exception):
    """This database is a demo's, and may be emptied by the next. Give the bot one of its own."""


class AnotherDemoRuns(Exception):
    """Another demo is running on this database. Stop it first, or give this one its own."""


def refuse_a_demo(url: str) -> None:
    """Raises IsADemo if the database belongs to a demo: what is to be kept is not written there."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT purpose FROM ops.epoch").fetchone()
    if row is not None and row[0].startswith(_DEMO):
        raise IsADemo(IsADemo.__doc__)


@contextmanager
def only_demo(url: str, patience_ms: int = _PATIENCE_MS) -> Iterator[None]:
    """Be the one demo of the database until the block ends. Raises AnotherDemoRuns.

    The lock of a demo that was killed goes with its connection; for that `patience_ms` are waited.
    """
    with psycopg.connect(url, autocommit=True, application_name="papertape demo") as connection:
        connection.execute(f"SET lock_timeout = {patience_ms:d}")
        try:
            connection.execute(_LOCK)
        except LockNotAvailable as error:
            raise AnotherDemoRuns(AnotherDemoRuns.__doc__) from error
        yield


def newest_close(url: str) -> int | None:
    """The close (ms) of the newest closed period."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_NEWEST_CLOSE).fetchone()
        return None if row is None else row[0]


def prepare_for_demo(url: str, key: str, end: int | None) -> None:
    """Keep the demo of that key as it stands, unless it is at its end; empty any other demo's.

    Raises HoldsAnotherTape. Call it as the `only_demo`.
    """
    with psycopg.connect(url) as connection:
        purpose, head = connection.execute(
            "SELECT purpose, (SELECT max(notification_id) FROM market.tape_events) FROM ops.epoch"
        ).fetchone() or ("", None)
        kept = head is not None and not purpose.startswith(_DEMO)
        if kept or _holds_another_exchange(connection):
            raise HoldsAnotherTape(HoldsAnotherTape.__doc__)
    reached = newest_close(url)
    is_over = end is not None and reached is not None and reached >= end
    if purpose != _DEMO + key or is_over:
        _begin(url, key)


def _holds_another_exchange(connection: psycopg.Connection) -> bool:
    row = connection.execute(_OF_ANOTHER_EXCHANGE, {"demo": _EXCHANGE}).fetchone()
    return row is not None and bool(row[0])


def _begin(url: str, key: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS market, trading, read, ops, backtests CASCADE")
        connection.execute("DROP TABLE public.alembic_version")
    upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE ops.epoch SET purpose = %s", [_DEMO + key])
