"""Trades: round trips, open and closed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
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


def project(cursor: Cursor, page: Page) -> None:
    """Add trades, then how they ended."""
    page.run(cursor, _STEPS)


_OPENED: LiteralString = """
    INSERT INTO read.trades (account, number, pair, strategy, timeframe, side, quantity,
        entered_at, entry_price, entry_fee, stop, target, status, position)
    SELECT account, trade, pair, strategy, timeframe, side, quantity, at, entry_price, fee, stop,
        target, 'open', position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, pair text, strategy text, timeframe text, side text,
        quantity numeric, at timestamptz, entry_price numeric, fee numeric, stop numeric,
        target numeric, position bigint)"""
_CLOSED: LiteralString = """
    UPDATE read.trades AS t
    SET status = 'closed', exited_at = f.at, exit_price = f.exit_price,
        exit_reason = f.exit_reason, fees = f.fees, profit = f.profit, best = f.best,
        worst = f.worst, ambiguous = f.ambiguous, caught_up = f.caught_up
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, at timestamptz, exit_price numeric, exit_reason text,
        fees numeric, profit numeric, best numeric, worst numeric, ambiguous boolean,
        caught_up boolean)
    WHERE t.account = f.account AND t.number = f.trade"""
_STEPS = (Step(("TradeOpened",), _OPENED), Step(("TradeClosed",), _CLOSED))


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
