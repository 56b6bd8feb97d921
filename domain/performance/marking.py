"""From facts to an equity curve: cash and open trades at their last close, at every close."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from domain.account.facts import (
    AccountFact,
    AccountOpened,
    AccountReset,
    CashAdjusted,
    TradeClosed,
    TradeOpened,
    TradeReduced,
)
from domain.candles import Floats, Times
from domain.performance.curve import EquityCurve
from domain.values import MONEY, ZERO

_OF_MONEY = {AccountOpened, CashAdjusted, AccountReset, TradeOpened, TradeReduced, TradeClosed}


def curve_of(
    told: Iterable[tuple[int, Iterable[AccountFact]]],
    closes: Mapping[str, Floats],
    times: Times,
    capital: Decimal,
) -> EquityCurve:
    """The equity of an account at `times`, the closes (ms, int64, ascending) of its periods.

    `told` are periods in order, each by its close (ms), with the facts that it led to: at least all
    that move money, since the account was opened. (A fact's own `at` does not tell: what fills at
    an open is dated at the close before.) `closes` has for each pair the last close known at each
    time (`last_closes`); where it is NaN, trades count at cost. Before the first fact the account
    is worth `capital`. Raises KeyError for a pair without closes.
    """
    with localcontext(MONEY):
        moves = list(_moves(told))
        places = np.searchsorted(times, np.array([move.close for move in moves], np.int64))
        costs = accumulate(move.cost for move in moves)
        balances = (move.cash + cost for move, cost in zip(moves, costs, strict=True))
        equity = _spread(places, _floats(balances), float(capital), len(times))
        for pair, chosen in _by_pair(moves).items():
            held = [moves[index] for index in chosen]
            equity += _open_profit(held, places[chosen], closes[pair])
    return EquityCurve(times, equity)


def last_closes(closed_at: Times, close: Floats, times: Times) -> Floats:
    """The last close known at each time (float64): NaN before the first, kept over holes.

    `closed_at` (ms, ascending) is when each of the candles with that `close` was known.
    """
    if np.array_equal(closed_at, times):
        return close
    return _spread(np.searchsorted(times, closed_at), close, np.nan, len(times))


class _Move(NamedTuple):
    """What a fact of the period with that `close` did: cash after it, and what more is open.

    `cost` at the entry's price, below zero for what was left; `held` and `held_cost` are quantity
    and cost with the sign changed for shorts.
    """

    close: int
    cash: Decimal
    pair: str
    cost: Decimal
    held: Decimal
    held_cost: Decimal


def _moves(told: Iterable[tuple[int, Iterable[AccountFact]]]) -> Iterator[_Move]:
    """What the facts did that move money."""
    shorts: set[int] = set()
    for close, facts in told:
        for fact in facts:
            if type(fact) in _OF_MONEY:
                yield _move(close, fact, shorts)


def _move(close: int, fact: AccountFact, shorts: set[int]) -> _Move:
    """What a fact did; a short that it opens is added to `shorts`."""
    if isinstance(fact, TradeOpened):
        more = fact.quantity
        if fact.side == "short":
            shorts.add(fact.trade)
    elif isinstance(fact, TradeClosed):
        more = -(fact.quantity if fact.part is None else fact.part)
    elif isinstance(fact, TradeReduced):
        more = -fact.quantity
    else:
        return _Move(close, _cash_after(fact), "", ZERO, ZERO, ZERO)
    cost = more * fact.entry_price
    if fact.trade in shorts:
        return _Move(close, fact.cash, fact.pair, cost, -more, -cost)
    return _Move(close, fact.cash, fact.pair, cost, more, cost)


def _cash_after(fact: AccountFact) -> Decimal:
    if isinstance(fact, CashAdjusted):
        return fact.cash
    assert isinstance(fact, AccountOpened | AccountReset)
    return fact.capital


def _by_pair(moves: Iterable[_Move]) -> dict[str, list[int]]:
    """The indices of moves in each pair."""
    chosen: dict[str, list[int]] = {}
    for index, move in enumerate(moves):
        if move.pair:
            chosen.setdefault(move.pair, []).append(index)
    return chosen


def _open_profit(moves: Sequence[_Move], places: Times, closes: Floats) -> Floats:
    """What the open trades of a pair earn before fees at each of its closes."""
    held = accumulate(move.held for move in moves)
    cost = accumulate(move.held_cost for move in moves)
    profit = _spread(places, _floats(held), 0.0, len(closes))
    profit *= closes
    profit -= _spread(places, _floats(cost), 0.0, len(closes))
    profit[np.isnan(profit)] = 0.0
    return profit


def _floats(numbers: Iterable[Decimal]) -> Floats:
    return np.array([float(number) for number in numbers])


def _spread(places: Times, values: Floats, beginning: float, count: int) -> Floats:
    """`count` numbers: each value from its place (ascending) to the next, before them `beginning`.

    Of several values at one place the last one holds.
    """
    lengths = np.diff(np.concatenate(([0], places, [count])))
    return np.repeat(np.concatenate(([beginning], values)), lengths)
