"""Orders and how they ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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
