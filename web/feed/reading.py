"""Reading the order feed: one statement sees the events and how far they are complete."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, LiteralString
from urllib.parse import quote

import msgspec
from psycopg.rows import namedtuple_row

from application.tapes import period_stream
from web.database import Connection
from web.encoding import rfc3339
from web.feed.cursor import Cursor
from web.problems import Problem

_LARGEST = 2**63 - 1

_FEED: LiteralString = """
    WITH known AS (
        SELECT (SELECT epoch FROM ops.epoch) AS epoch,
            coalesce((SELECT position FROM read.positions
                      WHERE projection = 'order_feed' AND tape = 'trading'), 0) AS complete_to,
            coalesce((SELECT max(notification_id) FROM trading.tape_events), 0) AS head)
    SELECT known.epoch, known.complete_to, known.head, f.*, a.exchange
    FROM known
    LEFT JOIN LATERAL (
        SELECT position, event_id, type, account, pair, at, valid_until, data
        FROM read.order_feed
        WHERE position > %(after)s AND position <= known.complete_to
        ORDER BY position LIMIT %(limit)s) AS f ON true
    LEFT JOIN read.accounts AS a ON a.account = f.account
    ORDER BY f.position"""
_SEEN_AT: LiteralString = """
    SELECT max((convert_from(newest.state, 'UTF8')::json ->> 'seen_at')::timestamptz)
    FROM unnest(%s::uuid[]) AS stream (id), LATERAL (
        SELECT state FROM market.tape_events WHERE originator_id = stream.id
        ORDER BY originator_version DESC LIMIT 1) AS newest"""


@dataclass(frozen=True)
class FeedPage:
    """Events as CloudEvents, and the cursor behind them."""

    items: list[dict[str, Any]]
    next: Cursor

    @cached_property
    def batch(self) -> bytes:
        """The events alone, as application/cloudevents-batch+json."""
        return msgspec.json.encode(self.items)

    @cached_property
    def document(self) -> bytes:
        """The events and the cursor."""
        return b'{"items":%b,"next":"%b"}' % (self.batch, str(self.next).encode())


def read_feed(connection: Connection, after: Cursor | None, limit: int) -> FeedPage:
    """At most `limit` events behind a cursor, None being the beginning; raises 409 problems."""
    position = 0 if after is None else after.position
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        asked = {"after": min(position, _LARGEST), "limit": limit}
        rows: list[Any] = cursor.execute(_FEED, asked).fetchall()
    epoch = rows[0].epoch
    _refuse_lost(after, epoch, rows[0].head)
    found = [row for row in rows if row.position is not None]
    seen_at = _seen_at(connection, {row.exchange for row in found if row.valid_until})
    end = found[-1].position if len(found) == limit else max(rows[0].complete_to, position)
    return FeedPage([_event(epoch, row, seen_at) for row in found], Cursor(epoch, end))


def _refuse_lost(after: Cursor | None, epoch: str, head: int) -> None:
    """A cursor of another database, or of a tape that was longer, must not go on in silence."""
    if after is not None and after.epoch != epoch:
        raise Problem(
            409,
            f"The cursor is of epoch {after.epoch}, this database of {epoch}: it was restored or"
            " replaced. Compare what you have done with /v1/orders before you start again.",
            "other-epoch",
            epoch=epoch,
        )
    if after is not None and after.position > head:
        raise Problem(
            409,
            f"The cursor is at {after.position}, the tape ends at {head}: it was cut.",
            "cursor-beyond-head",
            epoch=epoch,
            head=str(Cursor(epoch, head)),
        )


def _seen_at(connection: Connection, exchanges: Iterable[str]) -> dict[str, datetime]:
    """The newest time of each exchange's clock on the market tape."""
    return {
        exchange: seen_at
        for exchange in exchanges
        if (seen_at := _newest_seen_at(connection, exchange)) is not None
    }


def _newest_seen_at(connection: Connection, exchange: str) -> datetime | None:
    timeframes = connection.execute(
        "SELECT DISTINCT timeframe FROM market.series WHERE exchange = %s", [exchange]
    )
    streams = [period_stream(exchange, name) for (name,) in timeframes]
    row = connection.execute(_SEEN_AT, [streams]).fetchone()
    return None if row is None else row[0]


def _event(epoch: str, row: Any, seen_at: dict[str, datetime]) -> dict[str, Any]:
    """A row of the feed as a CloudEvent 1.0."""
    event = {
        "specversion": "1.0",
        "id": str(row.event_id),
        "source": f"/papertape/{epoch}/accounts/{quote(row.account, safe='')}",
        "type": f"papertape.{row.type}",
        "time": rfc3339(row.at),
        "datacontenttype": "application/json",
        "cursor": str(Cursor(epoch, row.position)),
        "late": _is_late(row, seen_at),
        "data": msgspec.Raw(row.data.encode()),
    }
    if row.pair is not None:
        event["subject"] = row.pair
    if row.valid_until is not None:
        event["validuntil"] = rfc3339(row.valid_until)
    return event


def _is_late(row: Any, seen_at: dict[str, datetime]) -> bool:
    """Whether the exchange's clock, as the tape knows it, has reached the end of validity."""
    newest = seen_at.get(row.exchange)
    return row.valid_until is not None and newest is not None and newest >= row.valid_until
