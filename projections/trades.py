"""Trades: round trips, open and closed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, newest_first, one_row


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade. What its end says is None while it is open; `fees` are of entry and exit.

    `stop` is the one in force, or the last that was, `stop_kind` what made it so. `left` of
    `quantity` is still open. `slippage` is the entry's until the trade is closed, and `ambiguous`
    what its end will say. `duration` is in seconds.
    """

    account: str
    number: int
    pair: str
    strategy: str
    timeframe: str
    side: str
    quantity: Decimal
    left: Decimal
    entered_at: datetime
    entry_price: Decimal
    entry_fee: Decimal
    first_stop: Decimal | None
    stop: Decimal | None
    stop_kind: str
    target: Decimal | None
    status: str
    frozen: bool
    exited_at: datetime | None
    exit_price: Decimal | None
    exit_reason: str | None
    fees: Decimal | None
    slippage: Decimal
    profit: Decimal | None
    risk: Decimal | None
    r_multiple: Decimal | None
    duration: int | None
    best: Decimal | None
    worst: Decimal | None
    shortfall: Decimal
    ambiguous: bool
    caught_up: bool | None
    position: int


def project(cursor: Cursor, page: Page) -> None:
    """Add trades, then what happened to them, then how they ended."""
    page.run(cursor, _STEPS)


_OPENED: LiteralString = """
    INSERT INTO read.trades (account, number, pair, strategy, timeframe, side, quantity, "left",
        entered_at, entry_price, entry_fee, first_stop, stop, stop_kind, target, status, slippage,
        ambiguous, position)
    SELECT account, trade, pair, strategy, timeframe, side, quantity, quantity, at, entry_price,
        fee, stop, stop, coalesce(stop_kind, 'stop'), target, 'open', coalesce(slippage, 0),
        coalesce(ambiguous, false), position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, pair text, strategy text, timeframe text, side text,
        quantity numeric, at timestamptz, entry_price numeric, fee numeric, stop numeric,
        stop_kind text, target numeric, slippage numeric, ambiguous boolean, position bigint)"""
_MOVED: LiteralString = """
    UPDATE read.trades AS t SET stop = f.stop, stop_kind = f.kind
    FROM (
        SELECT DISTINCT ON (account, trade) *
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, trade bigint, stop numeric, kind text, position bigint)
        ORDER BY account, trade, position DESC) AS f
    WHERE t.account = f.account AND t.number = f.trade"""
_DOUBTED: LiteralString = """
    UPDATE read.trades AS t SET ambiguous = true
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, ambiguous boolean)
    WHERE t.account = f.account AND t.number = f.trade AND f.ambiguous"""
_REDUCED: LiteralString = """
    UPDATE read.trades AS t
    SET "left" = f."left", shortfall = trim_scale(t.shortfall + f.shortfall)
    FROM (
        SELECT account, trade, min("left") AS "left", sum(shortfall) AS shortfall
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, trade bigint, "left" numeric, shortfall numeric)
        GROUP BY account, trade) AS f
    WHERE t.account = f.account AND t.number = f.trade"""
_FROZEN: LiteralString = """
    UPDATE read.trades AS t SET frozen = f.topic = 'TradeFrozen'
    FROM (
        SELECT DISTINCT ON (account, trade) *
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, account text, trade bigint, position bigint)
        ORDER BY account, trade, position DESC) AS f
    WHERE t.account = f.account AND t.number = f.trade"""
_CLOSED: LiteralString = """
    UPDATE read.trades AS t
    SET status = 'closed', "left" = 0, frozen = false, exited_at = f.at,
        exit_price = f.exit_price, exit_reason = f.exit_reason, fees = f.fees,
        slippage = coalesce(f.slippage, 0), profit = f.profit, risk = f.risk,
        r_multiple = f.r_multiple, duration = f.duration, best = f.best, worst = f.worst,
        shortfall = trim_scale(t.shortfall + coalesce(f.shortfall, 0)),
        ambiguous = f.ambiguous, caught_up = f.caught_up
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, at timestamptz, exit_price numeric, exit_reason text,
        fees numeric, slippage numeric, profit numeric, risk numeric, r_multiple numeric,
        duration bigint, best numeric, worst numeric, shortfall numeric, ambiguous boolean,
        caught_up boolean)
    WHERE t.account = f.account AND t.number = f.trade"""
_STEPS = (
    Step(("TradeOpened",), _OPENED),
    Step(("StopMoved",), _MOVED),
    Step(("StopMoved", "StopHit"), _DOUBTED),
    Step(("TradeReduced",), _REDUCED),
    Step(("TradeFrozen", "TradeThawed"), _FROZEN),
    Step(("TradeClosed",), _CLOSED),
)


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
