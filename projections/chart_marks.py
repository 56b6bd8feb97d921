"""What is marked on the chart of a market: its trades, their stops over time, and orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from psycopg.rows import class_row

from projections.queries import Connection


@dataclass(frozen=True, slots=True)
class TradeMark:
    """A trade of any account of the exchange; what its end says is None while it is open."""

    account: str
    number: int
    side: str
    entered_at: datetime
    entry_price: Decimal
    first_stop: Decimal | None
    target: Decimal | None
    exited_at: datetime | None
    exit_price: Decimal | None
    profit: Decimal | None
    position: int


@dataclass(frozen=True, slots=True)
class StopMark:
    """A stop that was moved, and from when on it held."""

    account: str
    trade: int
    at: datetime
    stop: Decimal


@dataclass(frozen=True, slots=True)
class OrderMark:
    """An order to enter that waits for `price`, or waited until `ended_at`."""

    account: str
    side: str
    placed_at: datetime
    ended_at: datetime | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class ChartMarks:
    """What to draw, oldest first; the stops by account and number of their trade."""

    trades: list[TradeMark]
    stops: Mapping[tuple[str, int], list[StopMark]]
    orders: list[OrderMark]


def chart_marks(
    connection: Connection,
    exchange: str,
    pair: str,
    since: datetime,
    until: datetime,
    *,
    limit: int = 200,
) -> ChartMarks:
    """What was open between two times: at most the `limit` newest trades and as many orders."""
    asked = {
        "exchange": exchange, "pair": pair, "since": since, "until": until, "limit": limit,
    }  # fmt: skip
    with connection.cursor(row_factory=class_row(TradeMark)) as cursor:
        trades = cursor.execute(_TRADES, asked).fetchall()[::-1]
    with connection.cursor(row_factory=class_row(OrderMark)) as cursor:
        orders = cursor.execute(_ORDERS, asked).fetchall()[::-1]
    return ChartMarks(trades, _stops(connection, pair, trades), orders)


def _stops(
    connection: Connection, pair: str, trades: list[TradeMark]
) -> dict[tuple[str, int], list[StopMark]]:
    stops: dict[tuple[str, int], list[StopMark]] = {
        (trade.account, trade.number): [] for trade in trades
    }
    if trades:
        first = min(trade.position for trade in trades)
        with connection.cursor(row_factory=class_row(StopMark)) as cursor:
            for mark in cursor.execute(_STOPS, {"pair": pair, "first": first}):
                stops.get((mark.account, mark.trade), []).append(mark)
    return stops


_TRADES: LiteralString = """
    SELECT t.account, t.number, t.side, t.entered_at, t.entry_price, t.first_stop, t.target,
        t.exited_at, t.exit_price, t.profit, t.position
    FROM read.trades AS t JOIN read.accounts AS a USING (account)
    WHERE a.exchange = %(exchange)s AND t.pair = %(pair)s AND t.entered_at <= %(until)s
        AND (t.exited_at IS NULL OR t.exited_at >= %(since)s)
    ORDER BY t.position DESC LIMIT %(limit)s"""
_STOPS: LiteralString = """
    SELECT account, (data::jsonb->>'trade')::bigint AS trade, at,
        (data::jsonb->>'stop')::numeric AS stop
    FROM read.order_feed
    WHERE type = 'StopMoved' AND pair = %(pair)s AND position > %(first)s
    ORDER BY position"""
_ORDERS: LiteralString = """
    SELECT o.account, o.side, o.placed_at, o.ended_at,
        CASE WHEN o.trigger IS NULL OR o.triggered_at IS NOT NULL AND o."limit" IS NOT NULL
            THEN o."limit" ELSE o.trigger END AS price
    FROM read.orders AS o JOIN read.accounts AS a USING (account)
    WHERE a.exchange = %(exchange)s AND o.pair = %(pair)s AND o.purpose = 'enter'
        AND (o."limit" IS NOT NULL OR o.trigger IS NOT NULL) AND o.placed_at <= %(until)s
        AND (o.ended_at IS NULL OR o.ended_at >= %(since)s)
    ORDER BY o.position DESC LIMIT %(limit)s"""
