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
    reaches one of them. Beside it, what strategies say wakes it: `hears_everything`.
    """

    always: bool
    at: int
    bounds: tuple[Bounds, ...]


_AWAKE = Alarm(True, NEVER, ())
_ASLEEP = Alarm(False, NEVER, ())


def alarm(account: Account) -> Alarm:
    """When the account must look again, as it is now."""
    if account.orders:
        return _AWAKE
    trades = account.trades.values()
    if trades and _must_watch(account):
        return _AWAKE
    if not (trades or account.locks or account.halts):
        return _ASLEEP
    bounds = tuple([_bounds(trade) for trade in trades])
    return Alarm(False, min(_moments(account), default=NEVER), bounds)


def hears_everything(account: Account) -> bool:
    """Whether anything that is said may lead to a fact; else entries, and what concerns a trade.

    An account that would mark a day's equity does so when it hears anything.
    """
    return any(guard.kind == "daily_loss" for guard in account.terms.guards)


def _must_watch(account: Account) -> bool:
    """Whether any candle may matter to open trades: by a guard, or since a strategy is gone."""
    terms = account.terms
    if any(guard.kind in _OF_EQUITY for guard in terms.guards):
        return True
    return terms.when_withdrawn == "exit" and any(
        trade.strategy not in account.strategies for trade in account.trades.values()
    )


def _moments(account: Account) -> Iterator[int]:
    """The closes (ms) at which time alone changes something."""
    for until in (*account.locks.values(), *account.halts.values()):
        if until is not None:
            yield to_ms(until)
    for trade in account.trades.values():
        if trade.exits.time_stop is not None:
            allowed = trade.exits.time_stop * timeframe(trade.timeframe).ms
            yield to_ms(trade.entered_at) + allowed
    if hears_everything(account):
        yield 0 if account.day == EPOCH else to_ms(account.day) + _DAY


def _bounds(trade: Trade) -> Bounds:
    """Where a stop or target is, or where the stop would be moved from."""
    low, high = (trade.stop, trade.target) if trade.side == "long" else (trade.target, trade.stop)
    if trade.side == "short" or trade.exits.moves_stops:
        with localcontext(MONEY):
            low, high = _moving_bounds(trade)
    return Bounds(
        trade.pair, -inf if low is None else float(low), inf if high is None else float(high)
    )  # fmt: skip


def _moving_bounds(trade: Trade) -> tuple[Decimal | None, Decimal | None]:
    moves = [*_moves(trade)] if trade.exits.moves_stops else []
    winning = [*moves, trade.target] if trade.target is not None else moves
    if trade.side == "long":
        return trade.stop, min(winning, default=None)
    backing = 2 * trade.entry_price
    losing = backing if trade.stop is None else min(trade.stop, backing)
    return max(winning, default=None), losing


def _moves(trade: Trade) -> Iterator[Decimal]:
    """The best prices from which on the stop may be moved."""
    plan, stop, is_long = trade.exits, trade.stop, trade.side == "long"
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
