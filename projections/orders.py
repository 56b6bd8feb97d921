"""Orders, what of them filled, and how they ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, newest_first, one_row


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. `status` is `waiting`, `filled`, `cancelled` or `expired`.

    `filled`, `fee` and `slippage` add up its fills, `price` is their average. `exit_reason` says
    why an exit was ordered, `reason` why the order was cancelled.
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
    limit: Decimal | None
    trigger: Decimal | None
    time_in_force: str
    stop: Decimal | None
    target: Decimal | None
    exit_reason: str | None
    placed_at: datetime
    valid_until: datetime | None
    triggered_at: datetime | None
    cancel_requested_at: datetime | None
    status: str
    ended_at: datetime | None
    filled: Decimal
    price: Decimal | None
    fee: Decimal | None
    slippage: Decimal
    reason: str | None
    position: int


def project(cursor: Cursor, page: Page) -> None:
    """Add orders, then what happened to them."""
    page.run(cursor, _STEPS)


_PLACED: LiteralString = """
    INSERT INTO read.orders (account, number, trade, pair, strategy, timeframe, side, purpose,
        type, quantity, "limit", trigger, time_in_force, stop, target, exit_reason, placed_at,
        valid_until, status, position)
    SELECT account, "order", trade, pair, strategy, timeframe, side, purpose, type, quantity,
        "limit", trigger,
        coalesce(time_in_force, CASE WHEN valid_until IS NULL THEN 'gtc' ELSE 'gtd' END),
        stop, target, CASE purpose WHEN 'exit' THEN coalesce(reason, 'signal') END, at,
        valid_until, 'waiting', position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, "order" bigint, trade bigint, pair text, strategy text, timeframe text,
        side text, purpose text, type text, quantity numeric, "limit" numeric, trigger numeric,
        time_in_force text, stop numeric, target numeric, reason text, at timestamptz,
        valid_until timestamptz, position bigint)"""
_TRIGGERED: LiteralString = """
    UPDATE read.orders AS o SET triggered_at = f.at
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, "order" bigint, at timestamptz)
    WHERE o.account = f.account AND o.number = f."order" """
_UNWANTED: LiteralString = """
    UPDATE read.orders AS o SET cancel_requested_at = f.at
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, "order" bigint, at timestamptz)
    WHERE o.account = f.account AND o.number = f."order" """
_FILLED: LiteralString = """
    UPDATE read.orders AS o
    SET filled = trim_scale(o.filled + f.quantity), value = trim_scale(o.value + f.value),
        fee = trim_scale(coalesce(o.fee, 0) + f.fee),
        slippage = trim_scale(o.slippage + f.slippage)
    FROM (
        SELECT account, "order", sum(quantity) AS quantity, sum(quantity * price) AS value,
            sum(fee) AS fee, coalesce(sum(slippage), 0) AS slippage
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, "order" bigint, quantity numeric, price numeric, fee numeric,
            slippage numeric)
        GROUP BY account, "order") AS f
    WHERE o.account = f.account AND o.number = f."order" """
_ENDED: LiteralString = """
    UPDATE read.orders AS o
    SET status = CASE f.topic WHEN 'OrderFilled' THEN 'filled' WHEN 'OrderCancelled'
            THEN 'cancelled' ELSE 'expired' END,
        ended_at = f.at, reason = f.reason
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        topic text, account text, "order" bigint, at timestamptz, reason text)
    WHERE o.account = f.account AND o.number = f."order" """
_STEPS = (
    Step(("OrderPlaced",), _PLACED),
    Step(("OrderTriggered",), _TRIGGERED),
    Step(("CancellationRequested",), _UNWANTED),
    Step(("OrderPartlyFilled", "OrderFilled"), _FILLED),
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
