"""Accounts: paper money and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from projections.queries import Connection, all_rows, one_row


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `open_cost` is what its open trades cost; `profit` is net, of closed trades.

    `fees` are all that were paid. `timeframe`, `stake` and `max_open_trades` are its rules.
    """

    account: str
    exchange: str
    quote: str
    capital: Decimal
    cash: Decimal
    open_cost: Decimal
    profit: Decimal
    fees: Decimal
    open_trades: int
    closed_trades: int
    won_trades: int
    declined_signals: int
    opened_at: datetime
    timeframe: str | None
    stake: Decimal | None
    max_open_trades: int | None


def accounts(connection: Connection, *, exchange: str | None = None) -> list[AccountRow]:
    """All accounts, by name."""
    return all_rows(connection, AccountRow, "accounts", {"exchange": exchange}, "account")


def account(connection: Connection, name: str) -> AccountRow | None:
    """One account."""
    return one_row(connection, AccountRow, "accounts", {"account": name})
