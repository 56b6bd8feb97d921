"""What a database is for: a demo's may be emptied, a tape that somebody keeps may not."""

from typing import LiteralString

import psycopg

from adapters.postgres.migrations import upgrade

_DEMO = "demo "
_NEWEST_CLOSE: LiteralString = """
    SELECT max(originator_version) FROM market.tape_events
    WHERE originator_id = (SELECT originator_id FROM market.tape_events
        WHERE topic = 'PeriodClosed' AND topic <> 'CandleClosed'
        ORDER BY notification_id DESC LIMIT 1)"""


class HoldsAnotherTape(Exception):
    """This database holds a tape that is not a demo's. Give the demo an empty database."""


def newest_close(url: str) -> int | None:
    """The close (ms) of the newest closed period."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_NEWEST_CLOSE).fetchone()
        return None if row is None else row[0]


def prepare_for_demo(url: str, key: str, end: int | None) -> None:
    """Keep the demo of that key as it stands, unless it is at its end; empty any other demo's.

    Raises HoldsAnotherTape.
    """
    with psycopg.connect(url) as connection:
        purpose, head = connection.execute(
            "SELECT purpose, (SELECT max(notification_id) FROM market.tape_events) FROM ops.epoch"
        ).fetchone() or ("", None)
        if head is not None and not purpose.startswith(_DEMO):
            raise HoldsAnotherTape(HoldsAnotherTape.__doc__)
    reached = newest_close(url)
    is_over = end is not None and reached is not None and reached >= end
    if purpose != _DEMO + key or is_over:
        _begin(url, key)


def _begin(url: str, key: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA market, trading, read, ops CASCADE")
        connection.execute("DROP TABLE public.alembic_version")
    upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE ops.epoch SET purpose = %s", [_DEMO + key])
