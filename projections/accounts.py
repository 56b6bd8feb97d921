"""Accounts: paper money and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, all_rows, one_row


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account, its money and counts since its `epoch` began.

    `capital` is what the epoch began with, `deposits` that and what was paid in since, less what
    was taken out. `open_cost` is what its open trades cost; `profit` is net, of closed trades.
    `fees` and `slippage` are all that were paid; slippage is in the prices already.
    `ambiguous_profit` was made where a candle could not tell what happened, `ambiguous_share`
    says which share of all profits and losses, without their signs, that is: 0 to 1.
    `timeframe` to `shorts` are its rules; `band` names its fill model.
    """

    account: str
    exchange: str
    quote: str
    epoch: int
    epoch_began_at: datetime
    capital: Decimal
    deposits: Decimal
    cash: Decimal
    open_cost: Decimal
    profit: Decimal
    fees: Decimal
    slippage: Decimal
    shortfall: Decimal
    open_trades: int
    closed_trades: int
    won_trades: int
    ambiguous_trades: int
    ambiguous_profit: Decimal
    ambiguous_share: Decimal | None
    declined_signals: int
    paused: bool
    opened_at: datetime
    timeframe: str | None
    stake: Decimal | None
    max_open_trades: int | None
    band: str | None
    sizing: str | None
    shorts: bool | None


def project(cursor: Cursor, page: Page) -> None:
    """Open, configure and reset accounts; copy cash from the facts, and add up the rest."""
    page.run(cursor, _STEPS)


_OPENED: LiteralString = """
    INSERT INTO read.accounts
        (account, exchange, quote, capital, deposits, cash, opened_at, epoch_began_at)
    SELECT account, exchange, quote, capital, capital, capital, at, at
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, exchange text, quote text, capital numeric, at timestamptz)"""
_CONFIGURED: LiteralString = """
    UPDATE read.accounts AS a
    SET timeframe = f.timeframe, stake = f.stake, max_open_trades = f.max_open_trades,
        band = coalesce(f.terms #>> '{fills,band}', 'plain'),
        sizing = coalesce(f.terms ->> 'sizing', 'quote'),
        shorts = coalesce((f.terms ->> 'shorts')::boolean, false)
    FROM (
        SELECT DISTINCT ON (account) * FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, timeframe text, stake numeric, max_open_trades int, terms jsonb,
            position bigint)
        ORDER BY account, position DESC) AS f
    WHERE a.account = f.account"""
_PAUSED: LiteralString = """
    UPDATE read.accounts AS a SET paused = f.topic = 'AccountPaused'
    FROM (
        SELECT DISTINCT ON (account) * FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, account text, position bigint)
        ORDER BY account, position DESC) AS f
    WHERE a.account = f.account"""
_RESET: LiteralString = """
    UPDATE read.accounts AS a
    SET epoch = f.epoch, epoch_began_at = f.at, capital = f.capital, deposits = f.capital,
        cash = f.capital, open_cost = 0, profit = 0, fees = 0, slippage = 0, shortfall = 0,
        open_trades = 0, closed_trades = 0, won_trades = 0, ambiguous_trades = 0,
        ambiguous_profit = 0, absolute_profit = 0, ambiguous_absolute = 0, declined_signals = 0
    FROM (
        SELECT DISTINCT ON (account) * FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            account text, epoch int, at timestamptz, capital numeric, position bigint)
        ORDER BY account, position DESC) AS f
    WHERE a.account = f.account"""
_OF_THIS_EPOCH: LiteralString = """
    SELECT * FROM (
        SELECT *, position > coalesce(max(position) FILTER (WHERE topic = 'AccountReset')
            OVER (PARTITION BY account), 0) AS of_this_epoch
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, account text, amount numeric, cash numeric, quantity numeric, part numeric,
            entry_price numeric, fee numeric, slippage numeric, shortfall numeric, profit numeric,
            ambiguous boolean, position bigint)) AS f
    WHERE of_this_epoch"""
_MOVED: LiteralString = f"""
    UPDATE read.accounts AS a
    SET cash = f.cash, deposits = trim_scale(a.deposits + f.amount),
        open_cost = trim_scale(a.open_cost + f.cost),
        shortfall = trim_scale(a.shortfall + f.shortfall), open_trades = a.open_trades + f.opened
    FROM (
        SELECT account, (array_agg(cash ORDER BY position DESC))[1] AS cash,
            coalesce(sum(amount), 0) AS amount, coalesce(sum(shortfall), 0) AS shortfall,
            coalesce(sum(coalesce(part, quantity) * entry_price
                * CASE topic WHEN 'TradeOpened' THEN 1 ELSE -1 END), 0) AS cost,
            count(*) FILTER (WHERE topic = 'TradeOpened')
                - count(*) FILTER (WHERE topic = 'TradeClosed') AS opened
        FROM ({_OF_THIS_EPOCH}) AS f GROUP BY account) AS f
    WHERE a.account = f.account"""
_CLOSED: LiteralString = f"""
    UPDATE read.accounts AS a
    SET profit = trim_scale(a.profit + f.profit), closed_trades = a.closed_trades + f.closed,
        won_trades = a.won_trades + f.won, ambiguous_trades = a.ambiguous_trades + f.doubtful,
        ambiguous_profit = trim_scale(a.ambiguous_profit + f.doubtful_profit),
        absolute_profit = trim_scale(a.absolute_profit + f.absolute),
        ambiguous_absolute = trim_scale(a.ambiguous_absolute + f.doubtful_absolute)
    FROM (
        SELECT account, sum(profit) AS profit, count(*) AS closed,
            count(*) FILTER (WHERE profit > 0) AS won,
            count(*) FILTER (WHERE ambiguous) AS doubtful,
            coalesce(sum(profit) FILTER (WHERE ambiguous), 0) AS doubtful_profit,
            sum(abs(profit)) AS absolute,
            coalesce(sum(abs(profit)) FILTER (WHERE ambiguous), 0) AS doubtful_absolute
        FROM ({_OF_THIS_EPOCH}) AS f WHERE topic = 'TradeClosed' GROUP BY account) AS f
    WHERE a.account = f.account"""
_PAID: LiteralString = f"""
    UPDATE read.accounts AS a
    SET fees = trim_scale(a.fees + f.fees), slippage = trim_scale(a.slippage + f.slippage)
    FROM (
        SELECT account, sum(fee) AS fees, coalesce(sum(slippage), 0) AS slippage
        FROM ({_OF_THIS_EPOCH}) AS f GROUP BY account) AS f
    WHERE a.account = f.account"""
_DECLINED: LiteralString = f"""
    UPDATE read.accounts AS a SET declined_signals = a.declined_signals + f.declined
    FROM (SELECT account, count(*) AS declined FROM ({_OF_THIS_EPOCH}) AS f GROUP BY account) AS f
    WHERE a.account = f.account"""
_STEPS = (  # what an epoch counts begins behind its reset: so each sees the resets
    Step(("AccountOpened",), _OPENED),
    Step(("AccountConfigured",), _CONFIGURED),
    Step(("AccountPaused", "AccountResumed"), _PAUSED),
    Step(("AccountReset",), _RESET),
    Step(("TradeOpened", "TradeReduced", "TradeClosed", "CashAdjusted", "AccountReset"), _MOVED),
    Step(("TradeClosed", "AccountReset"), _CLOSED),
    Step(("OrderPartlyFilled", "OrderFilled", "StopHit", "TargetHit", "AccountReset"), _PAID),
    Step(("SignalDeclined", "AccountReset"), _DECLINED),
)


def accounts(connection: Connection, *, exchange: str | None = None) -> list[AccountRow]:
    """All accounts, by name."""
    return all_rows(connection, AccountRow, "accounts", {"exchange": exchange}, "account")


def account(connection: Connection, name: str) -> AccountRow | None:
    """One account."""
    return one_row(connection, AccountRow, "accounts", {"account": name})
