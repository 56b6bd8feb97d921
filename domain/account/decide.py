"""What an account does when a period has closed, in the order that docs/paper-account.md fixes."""

from collections.abc import Iterator
from decimal import localcontext

from domain.account.entries import answer_signal
from domain.account.evolve import evolve
from domain.account.exits import leave_by_order, settle_trade
from domain.account.facts import AccountFact
from domain.account.fills import Reach, is_quiet
from domain.account.freezing import freeze_and_thaw
from domain.account.guards import begin_day, end_day, end_stops, judge
from domain.account.orders import (
    Reaches,
    cancel_unwanted,
    may_fill,
    settle_entry_orders,
    settle_exit_orders,
)
from domain.account.period import Period
from domain.account.signals import raise_signals, report
from domain.account.state import Account, Trade
from domain.account.stops import end_in_time, follow_strategy, move_stop
from domain.candles import Candle
from domain.times import from_ms
from domain.values import MONEY


def decide(account: Account, period: Period) -> list[AccountFact]:
    """The facts that a closed period leads to; the account is moved along with each."""
    if _is_idle(account, period):
        return []
    facts = []
    with localcontext(MONEY):
        for fact in _steps(account, period):
            evolve(account, fact)
            facts.append(fact)
    return facts


def _is_idle(account: Account, period: Period) -> bool:
    """Whether there is nothing that the period could change."""
    return not (
        account.trades
        or account.orders
        or period.opinions
        or period.failures
        or account.locks
        or account.halts
    )


def _steps(account: Account, period: Period) -> Iterator[AccountFact]:
    """One fact after the other; each is in the state before the next is thought of."""
    if period.timeframe == account.timeframe:
        yield from _of_execution(account, period)
    for failure in period.failures:
        yield from report(account, period, failure)
    if period.opinions:
        yield from follow_strategy(account, period)
        yield from _signals(account, period)


def _of_execution(account: Account, period: Period) -> Iterator[AccountFact]:
    """Orders, then stops and targets, of all markets; then what guards or operator stop."""
    if account.locks or account.halts:
        yield from end_stops(account, period)
    if period.delisted or any(trade.frozen for trade in account.trades.values()):
        yield from freeze_and_thaw(account, period)
    if account.terms.guards:
        yield from begin_day(account, period)
    before = account.version
    for pair, candle in period.late:
        yield from _settle_late(account, period, pair, candle)
    reaches: Reaches = {}
    if account.orders:
        yield from settle_exit_orders(account, period)
        yield from settle_entry_orders(account, period, reaches)
    for trade in _by_market(account):
        yield from _settle(account, period, trade, reaches.get(trade.pair))
    if account.terms.guards:
        yield from judge(account, period, before)
        yield from end_day(account, period)
    if account.orders:
        yield from cancel_unwanted(account, period)


def _settle(
    account: Account, period: Period, trade: Trade, reach: Reach | None
) -> Iterator[AccountFact]:
    """A trade's stop and target, then where its stop moves to."""
    candle = period.traded(trade.pair)
    if candle is not None and (reach is not None or _was_open(trade, candle)):
        if not _is_on_its_way_out(account, period, trade, candle):
            late = period.is_caught_up
            yield from settle_trade(account, period, trade, candle, late=late, reach=reach)
        if trade.number in account.trades:
            yield from move_stop(account, period, trade, candle, reach)
    if trade.number in account.trades:
        yield from end_in_time(account, period, trade)


def _settle_late(
    account: Account, period: Period, pair: str, candle: Candle
) -> Iterator[AccountFact]:
    """A candle that came, or changed, after its period ends what it would have; no more."""
    if is_quiet(candle):
        return
    for order in [each for each in account.orders.values() if each.pair == pair]:
        if order.purpose == "exit" and may_fill(order, period, candle):
            yield from leave_by_order(account, period, order, candle, late=True)
    for trade in [each for each in account.trades.values() if each.pair == pair]:
        is_concerned = _was_open(trade, candle)
        if is_concerned and not _is_on_its_way_out(account, period, trade, candle):
            yield from settle_trade(account, period, trade, candle, late=True)


def _by_market(account: Account) -> list[Trade]:
    return sorted(account.trades.values(), key=lambda trade: (trade.pair, trade.number))


def _was_open(trade: Trade, candle: Candle) -> bool:
    """Whether the trade was open when the candle opened."""
    return from_ms(candle.open_time) >= trade.entered_at


def _is_on_its_way_out(account: Account, period: Period, trade: Trade, candle: Candle) -> bool:
    """Whether it is being left in parts, or an exit order had this candle.

    What the order did not get, the stop does not get either.
    """
    return (
        trade.is_hit
        or trade.left < trade.quantity
        or any(
            order.trade == trade.number and may_fill(order, period, candle)
            for order in account.orders.values()
        )
    )


def _signals(account: Account, period: Period) -> Iterator[AccountFact]:
    raised = list(raise_signals(account, period))
    yield from raised
    waits = {(each.pair, each.strategy): each.valid_for for each in period.opinions}
    for signal in raised:
        yield from answer_signal(account, period, signal, waits[signal.pair, signal.strategy])
