"""When an account must look at a period again: the periods before can be passed over.

A long run asks the account only where something can change. What is said here is on the safe side:
an account that is woken too often makes the same facts.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from math import inf
from typing import NamedTuple

from domain.account.levels import ahead
from domain.account.state import Account, Trade
from domain.timeframes import timeframe
from domain.times import EPOCH, to_ms
from domain.values import MONEY, ONE

NEVER = 2**62
"""A moment (ms) behind all others."""

_DAY = 86_400_000
_OF_EQUITY = {"max_drawdown", "daily_loss"}


class Bounds(NamedTuple):
    """A candle of the pair that stays above `low` and below `high` changes nothing."""

    pair: str
    low: float
    high: float


class Alarm(NamedTuple):
    """What wakes an account in its execution timeframe, whichever comes first.

    `always`: the next period. `at`: the first close (ms) from then on. `bounds`: a candle that
    reaches one of them. An enter opinion wakes it, and an exit or trail of a strategy with a trade
    in that market; `by_any_opinion`: so does every other one.
    """

    always: bool
    at: int
    bounds: tuple[Bounds, ...]
    by_any_opinion: bool


def alarm(account: Account) -> Alarm:
    """When the account must look again, as it is now."""
    guards = {guard.kind for guard in account.terms.guards}
    trades = account.trades.values()
    marks = "daily_loss" in guards
    always = bool(account.orders) or (bool(trades) and not guards.isdisjoint(_OF_EQUITY))
    if always:
        return Alarm(True, NEVER, (), marks)
    if any(_is_left_behind(account, trade) for trade in trades):
        return Alarm(True, NEVER, (), marks)
    at = min(_moments(account, marks), default=NEVER)
    with localcontext(MONEY):
        bounds = tuple(_bounds(trade) for trade in trades)
    return Alarm(False, at, bounds, marks)


def _is_left_behind(account: Account, trade: Trade) -> bool:
    """Whether the trade is to be ended because its strategy is gone."""
    return account.terms.when_withdrawn == "exit" and trade.strategy not in account.strategies


def _moments(account: Account, marks: bool) -> Iterator[int]:
    """The closes (ms) at which time alone changes something."""
    ends = (*account.locks.values(), *account.halts.values())
    yield from (to_ms(until) for until in ends if until is not None)
    for trade in account.trades.values():
        if trade.exits.time_stop is not None:
            allowed = trade.exits.time_stop * timeframe(trade.timeframe).ms
            yield to_ms(trade.entered_at) + allowed
    if marks and (account.trades or ends):
        yield 0 if account.day == EPOCH else to_ms(account.day) + _DAY


def _bounds(trade: Trade) -> Bounds:
    """Where a stop or target is, or where the stop would be moved from."""
    losing, winning = trade.stop, trade.target
    if trade.side == "short":
        backing = 2 * trade.entry_price
        losing = backing if losing is None else min(losing, backing)
    moved = min(_moves(trade), default=None) if trade.side == "long" else max(
        _moves(trade), default=None
    )  # fmt: skip
    if trade.side == "long":
        return Bounds(trade.pair, _or(losing, -inf), min(_or(winning, inf), _or(moved, inf)))
    return Bounds(trade.pair, max(_or(winning, -inf), _or(moved, -inf)), _or(losing, inf))


def _moves(trade: Trade) -> Iterator[Decimal]:
    """The best prices from which on the stop may be moved."""
    plan, stop, is_long = trade.exits, trade.stop, trade.side == "long"
    if not plan.moves_stops:
        return
    if stop is None:
        yield trade.entry_price * (0 if is_long else 2)  # any candle may give it its first stop
        return
    if plan.trail_distance is not None:
        yield stop + plan.trail_distance if is_long else stop - plan.trail_distance
    elif plan.trail_rate is not None:
        yield from _trailed_by_rate(stop, plan.trail_rate, is_long=is_long)
    due = ahead(trade.side, trade.entry_price, plan.break_even_distance, plan.break_even_rate)
    if due is not None and (trade.entry_price > stop if is_long else trade.entry_price < stop):
        yield due


def _trailed_by_rate(stop: Decimal, rate: Decimal, *, is_long: bool) -> Iterator[Decimal]:
    """The best price that a rate trails to the stop, a hair on the safe side of the division."""
    hair = Decimal("1e-20")
    if not is_long:
        yield stop / (ONE + rate) * (ONE + hair)
    elif rate < ONE:
        yield stop / (ONE - rate) * (ONE - hair)


def _or(price: Decimal | None, otherwise: float) -> float:
    return otherwise if price is None else float(price)
