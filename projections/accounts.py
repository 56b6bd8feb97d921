"""Accounts: paper money and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
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


def project(cursor: Cursor, page: Page) -> None:
    """Copy cash from the facts, and count and add up the rest."""
    page.run(cursor, _STEPS)


_OPENED: LiteralString = """
    INSERT INTO read.accounts (account, exchange, quote, capital, cash, opened_at)
    SELECT account, exchange, quote, capital, capital, at
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, exchange text, quote text, capital numeric, at timestamptz)"""
_CONFIGURED: LiteralString = """
    UPDATE read.accounts AS a
    SET timeframe = f.timeframe, stake = f.stake, max_open_trades = f.max_open_trades
    FROM (
        SELECT DISTINCT ON (account) * FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, timeframe text, stake numeric, max_open_trades int, position bigint)
        ORDER BY account, position DESC) AS f
    WHERE a.account = f.account"""
_TRADED: LiteralString = """
    UPDATE read.accounts AS a
    SET cash = f.cash, open_cost = trim_scale(a.open_cost + f.cost),
        profit = trim_scale(a.profit + f.profit),
        open_trades = a.open_trades + f.opened - f.closed,
        closed_trades = a.closed_trades + f.closed, won_trades = a.won_trades + f.won
    FROM (
        SELECT account, (array_agg(cash ORDER BY position DESC))[1] AS cash,
            sum(quantity * entry_price * CASE topic WHEN 'TradeOpened' THEN 1 ELSE -1 END) AS cost,
            coalesce(sum(profit), 0) AS profit,
            count(*) FILTER (WHERE topic = 'TradeOpened') AS opened,
            count(*) FILTER (WHERE topic = 'TradeClosed') AS closed,
            count(*) FILTER (WHERE profit > 0) AS won
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, account text, quantity numeric, entry_price numeric, profit numeric,
            cash numeric, position bigint)
        GROUP BY account) AS f
    WHERE a.account = f.account"""
_PAID: LiteralString = """
    UPDATE read.accounts AS a SET fees = trim_scale(a.fees + f.fees)
    FROM (
        SELECT account, sum(fee) AS fees
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(account text, fee numeric)
        GROUP BY account) AS f
    WHERE a.account = f.account"""
_DECLINED: LiteralString = """
    UPDATE read.accounts AS a SET declined_signals = a.declined_signals + f.declined
    FROM (
        SELECT account, count(*) AS declined
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(account text) GROUP BY account) AS f
    WHERE a.account = f.account"""
_STEPS = (
    Step(("AccountOpened",), _OPENED),
    Step(("AccountConfigured",), _CONFIGURED),
    Step(("TradeOpened", "TradeClosed"), _TRADED),
    Step(("OrderFilled", "StopHit", "TargetHit"), _PAID),
    Step(("SignalDeclined",), _DECLINED),
)


def accounts(connection: Connection, *, exchange: str | None = None) -> list[AccountRow]:
    """All accounts, by name."""
    return all_rows(connection, AccountRow, "accounts", {"exchange": exchange}, "account")


def account(connection: Connection, name: str) -> AccountRow | None:
    """One account."""
    return one_row(connection, AccountRow, "accounts", {"account": name})
