"""The tables of a run, as texts: cuts, declined signals, trades."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from adapters.reports.words import (
    EXIT_REASONS,
    REASONS,
    count,
    direction,
    in_words,
    money,
    number,
    percent,
    stamp,
)
from domain.account.facts import TradeClosed
from domain.performance.breakdowns import Breakdowns, Cut


class CutRow(NamedTuple):
    """Trades that have a name in common; `bar` is their part (0 to 100) of the largest profit."""

    name: str
    trades: str
    win_rate: str
    fees: str
    profit: str
    direction: str
    bar: int


class TradeRow(NamedTuple):
    """One closed trade."""

    number: str
    pair: str
    side: str
    quantity: str
    entered_at: str
    entry_price: str
    exited_at: str
    exit_price: str
    exit_reason: str
    fees: str
    profit: str
    rate: str
    direction: str


class Table(NamedTuple):
    """Rows under a title; `column` names what they differ in."""

    title: str
    column: str
    rows: list[CutRow]


def cut_tables(breakdowns: Breakdowns, places: int) -> list[Table]:
    """Every cut of closed trades: markets by their profit, the best first, months in order."""
    by_profit = sorted(breakdowns.by_market, key=lambda cut: -cut.net_profit)
    reasons = sorted(breakdowns.by_exit_reason, key=lambda cut: -cut.trades)
    words = {cut.name: in_words(cut.name, EXIT_REASONS) for cut in reasons}
    return [
        Table("By market", "Market", _rows(by_profit, places)),
        Table("By exit reason", "Exit reason", _rows(reasons, places, words)),
        Table("By side", "Side", _rows(breakdowns.by_side, places)),
        Table("By month of the exit", "Month", _rows(breakdowns.by_month, places)),
    ]


def _rows(cuts: Sequence[Cut], places: int, words: Mapping[str, str] | None = None) -> list[CutRow]:
    most = max((abs(cut.net_profit) for cut in cuts), default=0)
    return [
        CutRow(
            name=(words or {}).get(cut.name, cut.name),
            trades=count(cut.trades),
            win_rate=percent(cut.win_rate),
            fees=money(cut.fees, places),
            profit=money(cut.net_profit, places, signed=True),
            direction=direction(cut.net_profit),
            bar=round(100 * abs(cut.net_profit) / most) if most else 0,
        )
        for cut in cuts
    ]


def declined_rows(declined: Mapping[str, int]) -> list[tuple[str, str]]:
    """Why signals led to no order, the most frequent reason first, and how often."""
    ranked = sorted(declined.items(), key=lambda each: (-each[1], each[0]))
    return [(in_words(code, REASONS), count(times)) for code, times in ranked]


def trade_rows(trades: Sequence[TradeClosed], places: int) -> Iterator[TradeRow]:
    """Trades, one for one."""
    for trade in trades:
        reason = in_words(trade.exit_reason, EXIT_REASONS)
        cost = trade.quantity * trade.entry_price
        yield TradeRow(
            number=str(trade.trade),
            pair=trade.pair,
            side=trade.side,
            quantity=number(trade.quantity),
            entered_at=stamp(trade.entered_at),
            entry_price=number(trade.entry_price),
            exited_at=stamp(trade.at),
            exit_price=number(trade.exit_price),
            exit_reason=f"{reason}, ambiguous" if trade.ambiguous else reason,
            fees=money(trade.fees, places),
            profit=money(trade.profit, places, signed=True),
            rate=percent(float(trade.profit / cost) if cost else None, 2, signed=True),
            direction=direction(trade.profit),
        )
