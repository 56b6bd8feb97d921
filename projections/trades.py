"""Trades: round trips, open and closed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from projections.queries import Connection, newest_first, one_row


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade. What its end says is None while it is open; `fees` are of entry and exit."""

    account: str
    number: int
    pair: str
    strategy: str
    timeframe: str
    side: str
    quantity: Decimal
    entered_at: datetime
    entry_price: Decimal
    entry_fee: Decimal
    stop: Decimal | None
    target: Decimal | None
    status: str
    exited_at: datetime | None
    exit_price: Decimal | None
    exit_reason: str | None
    fees: Decimal | None
    profit: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    ambiguous: bool | None
    caught_up: bool | None
    position: int


def trades(
    connection: Connection,
    *,
    account: str | None = None,
    pair: str | None = None,
    strategy: str | None = None,
    status: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[TradeRow]:
    """Trades, the last entered first; `after` is the position of the last one seen."""
    wanted = {"account": account, "pair": pair, "strategy": strategy, "status": status}
    return newest_first(connection, TradeRow, "trades", wanted, after, limit)


def trade(connection: Connection, account: str, number: int) -> TradeRow | None:
    """One trade."""
    return one_row(connection, TradeRow, "trades", {"account": account, "number": number})
