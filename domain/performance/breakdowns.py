"""Closed trades by what they have in common."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from domain.account.facts import TradeClosed
from domain.values import MONEY, ZERO


class Cut(msgspec.Struct, frozen=True):
    """The trades that have `name` in common; `net_profit` and `fees` in quote, exact."""

    name: str
    trades: int
    net_profit: Decimal
    win_rate: float
    fees: Decimal


class Breakdowns(msgspec.Struct, frozen=True):
    """All closed trades by market, exit reason, UTC month of the exit (`2024-01`) and side."""

    by_market: tuple[Cut, ...]
    by_exit_reason: tuple[Cut, ...]
    by_month: tuple[Cut, ...]
    by_side: tuple[Cut, ...]


def breakdowns_of(trades: Sequence[TradeClosed]) -> Breakdowns:
    """Every cut of closed trades, each in the order of names."""
    alike: dict[tuple[str, ...], list[TradeClosed]] = defaultdict(list)
    for trade in trades:
        month = f"{trade.at.year}-{trade.at.month:02}"
        alike[trade.pair, trade.exit_reason, month, trade.side].append(trade)
    with localcontext(MONEY):
        sums = {names: _sum(like) for names, like in alike.items()}
        by_market, by_exit_reason, by_month, by_side = (_cuts(sums, which) for which in range(4))
    return Breakdowns(by_market, by_exit_reason, by_month, by_side)


class _Sum(NamedTuple):
    """Of some trades: how many, how many wins, net profit and fees."""

    trades: int
    wins: int
    net_profit: Decimal
    fees: Decimal


def _sum(trades: Sequence[TradeClosed]) -> _Sum:
    profits = [trade.profit for trade in trades]
    wins = [profit for profit in profits if profit > ZERO]
    fees = sum([trade.fees for trade in trades], ZERO)
    return _Sum(len(trades), len(wins), sum(profits, ZERO), fees)


def _cuts(sums: Mapping[tuple[str, ...], _Sum], which: int) -> tuple[Cut, ...]:
    """The sums of trades that have the same one of their names."""
    named = defaultdict(list)
    for names, each in sums.items():
        named[names[which]].append(each)
    return tuple(_cut(name, named[name]) for name in sorted(named))


def _cut(name: str, sums: Sequence[_Sum]) -> Cut:
    trades = sum(each.trades for each in sums)
    return Cut(
        name=name,
        trades=trades,
        net_profit=sum((each.net_profit for each in sums), ZERO),
        win_rate=sum(each.wins for each in sums) / trades,
        fees=sum((each.fees for each in sums), ZERO),
    )
