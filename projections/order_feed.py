"""The order feed: what a live bot must learn of, in the order of the tape."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row, scalar_row
from psycopg.sql import SQL

from projections.page import Cursor, Page
from projections.queries import Connection, select

TYPES = (
    "OrderPlaced",
    "OrderTriggered",
    "OrderPartlyFilled",
    "OrderFilled",
    "OrderCancelled",
    "OrderExpired",
    "TradeOpened",
    "StopMoved",
    "StopHit",
    "TargetHit",
    "TradeReduced",
    "TradeFrozen",
    "TradeThawed",
    "TradeClosed",
    "AccountPaused",
    "AccountResumed",
    "AccountReset",
    "TradingHalted",
    "TradingResumed",
    "MarketLocked",
    "MarketUnlocked",
)
"""What a live bot acts on: orders, the trades that they lead to, and when entries are unwanted."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An event of the feed; `data` is its fact's JSON as it is on the tape.

    What concerns the whole account has no pair.
    """

    position: int
    event_id: UUID
    type: str
    account: str
    pair: str | None
    at: datetime
    valid_until: datetime | None
    data: str


def project(cursor: Cursor, page: Page) -> None:
    """Add the events of the feed, their JSON as it is."""
    rows = page.of(*TYPES)
    if rows:
        places = [row.position for row in rows]
        states = [row.state.decode() for row in rows]
        cursor.execute(_ADD, [places, [row.topic for row in rows], states], prepare=True)


_ADD: LiteralString = """
    INSERT INTO read.order_feed
    SELECT e.position, f.id, e.type, f.account, f.pair, f.at, f.valid_until, e.data
    FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS e(position, type, data),
    LATERAL jsonb_to_record(e.data::jsonb) AS f(
        id uuid, account text, pair text, at timestamptz, valid_until timestamptz)"""


def feed(connection: Connection, after: int, limit: int = 500) -> list[FeedRow]:
    """At most `limit` events behind a position, oldest first."""
    query = SQL("{} WHERE position > %s ORDER BY position LIMIT %s").format(
        select(FeedRow, "order_feed")
    )
    with connection.cursor(row_factory=class_row(FeedRow)) as cursor:
        return cursor.execute(query, [after, limit]).fetchall()


def feed_head(connection: Connection) -> int:
    """The position up to which the feed is complete: a reader of all before it may move here.

    Ask it before `feed`: events that come between are then not passed over.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute("SELECT position FROM read.positions WHERE projection = 'order_feed'")
        position: int | None = cursor.fetchone()
        return position or 0
