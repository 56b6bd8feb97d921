"""Orders and how they ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, newest_first, one_row


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. `status` is `waiting`, `filled`, `cancelled` or `expired`.

    `price` and `fee` are of its fill, `reason` of its cancellation.
    """

    account: str
    number: int
    trade: int
    pair: str
    strategy: str
    timeframe: str
    side: str
    purpose: str
    type: str
    quantity: Decimal
    stop: Decimal | None
    target: Decimal | None
    placed_at: datetime
    valid_until: datetime | None
    status: str
    ended_at: datetime | None
    price: Decimal | None
    fee: Decimal | None
    reason: str | None
    position: int


def project(cursor: Cursor, page: Page) -> None:
    """Add orders, then how they ended."""
    page.run(cursor, _STEPS)


_PLACED: LiteralString = """
    INSERT INTO read.orders
    SELECT account, "order", trade, pair, strategy, timeframe, side, purpose, type, quantity,
        stop, target, at, valid_until, 'waiting', NULL, NULL, NULL, NULL, position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, "order" bigint, trade bigint, pair text, strategy text, timeframe text,
        side text, purpose text, type text, quantity numeric, stop numeric, target numeric,
        at timestamptz, valid_until timestamptz, position bigint)"""
_ENDED: LiteralString = """
    UPDATE read.orders AS o
    SET status = CASE f.topic WHEN 'OrderFilled' THEN 'filled' WHEN 'OrderCancelled'
            THEN 'cancelled' ELSE 'expired' END,
        ended_at = f.at, price = f.price, fee = f.fee, reason = f.reason
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        topic text, account text, "order" bigint, at timestamptz, price numeric, fee numeric,
        reason text)
    WHERE o.account = f.account AND o.number = f."order" """
_STEPS = (
    Step(("OrderPlaced",), _PLACED),
    Step(("OrderFilled", "OrderCancelled", "OrderExpired"), _ENDED),
)


def orders(
    connection: Connection,
    *,
    account: str | None = None,
    pair: str | None = None,
    strategy: str | None = None,
    status: str | None = None,
    trade: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[OrderRow]:
    """Orders, newest first; `after` is the position of the last one seen."""
    wanted = {
        "account": account,
        "pair": pair,
        "strategy": strategy,
        "status": status,
        "trade": trade,
    }
    return newest_first(connection, OrderRow, "orders", wanted, after, limit)


def order(connection: Connection, account: str, number: int) -> OrderRow | None:
    """One order."""
    return one_row(connection, OrderRow, "orders", {"account": account, "number": number})
