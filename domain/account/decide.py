"""What an account does when a period has closed, in the order that docs/paper-account.md fixes."""

from collections.abc import Iterable, Iterator
from decimal import getcontext, setcontext

from domain.account.entries import answer_signal
from domain.account.evolve import evolve
from domain.account.exits import leave_by_order, settle_trade
from domain.account.facts import AccountFact
from domain.account.fills import Reach, is_quiet
from domain.account.freezing import any_is_frozen, freeze_and_thaw
from domain.account.guards import begin_day, end_day, end_stops, judge
from domain.account.orders import (
    Reaches,
    cancel_unwanted,
    may_fill,
    settle_orders,
)
from domain.account.period import Period
from domain.account.signals import raise_signals, report
from domain.account.state import Account, Trade, by_market
from domain.account.stops import end_in_time, follow_strategy, move_stop
from domain.candles import Candle
from domain.times import from_ms
from domain.values import MONEY

Facts = Iterable[AccountFact]


def decide(account: Account, period: Period) -> list[AccountFact]:
    """The facts that a closed period leads to; the account is moved along with each.

    It computes in MONEY; a long run sets that context once, and saves the way in and out.
    """
    if _is_idle(account, period):
        return []
    usual = getcontext()
    if usual is MONEY:
        return _decided(account, period)
    setcontext(MONEY)  # localcontext would copy it
    try:
        return _decided(account, period)
    finally:
        setcontext(usual)


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


def _decided(account: Account, period: Period) -> list[AccountFact]:
    told: list[AccountFact] = []
    if period.timeframe == account.timeframe:
        _execute(account, period, told)
    if period.opinions or period.failures:
        _hear(account, period, told)
    return told


def _tell(account: Account, told: list[AccountFact], facts: Facts) -> None:
    """Each is in the state before the next is thought of."""
    for fact in facts:
        evolve(account, fact)
        told.append(fact)


def _execute(account: Account, period: Period, told: list[AccountFact]) -> None:
    """Orders, then stops and targets, of all markets; then what guards or operator stop."""
    if account.locks or account.halts:
        _tell(account, told, end_stops(account, period))
    if period.delisted or any_is_frozen(account.trades.values()):
        _tell(account, told, freeze_and_thaw(account, period))
    if account.terms.guards:
        _tell(account, told, begin_day(account, period))
    before = account.version
    for pair, candle in period.late:
        _tell(account, told, _settle_late(account, period, pair, candle))
    reaches: Reaches = {}
    if account.orders:
        _tell(account, told, settle_orders(account, period, reaches))
    for trade in by_market(account.trades.values()):
        _tell(account, told, _settle(account, period, trade, reaches.get(trade.pair)))
    if account.terms.guards:
        _tell(account, told, judge(account, period, before))
        _tell(account, told, end_day(account, period))
    if account.orders:
        _tell(account, told, cancel_unwanted(account, period))


def _hear(account: Account, period: Period, told: list[AccountFact]) -> None:
    """Failures of strategies, the stops that they move, their signals, and an answer to each."""
    for failure in period.failures:
        _tell(account, told, report(account, period, failure))
    if account.trades:
        _tell(account, told, follow_strategy(account, period))
    raised = raise_signals(account, period)
    for signal, _ in raised:
        _tell(account, told, (signal,))
    for signal, opinion in raised:
        _tell(account, told, (answer_signal(account, period, signal, opinion.valid_for),))


def _settle(account: Account, period: Period, trade: Trade, reach: Reach | None) -> Facts:
    """A trade's stop and target; if none ends it, where its stop moves to and whether it is time.

    What a stop or target has left over has an exit order: its stop does not move any more.
    """
    candle = period.traded(trade.pair)
    if candle is None or not (reach is not None or _was_open(trade, candle)):
        return end_in_time(account, period, trade)
    if not _is_on_its_way_out(account, period, trade, candle):
        ended = settle_trade(account, period, trade, candle, late=False, reach=reach)
        if ended:
            return ended
    if not trade.exits.moves_stops:
        return end_in_time(account, period, trade)
    moved = move_stop(account, period, trade, candle, reach)
    return [*moved, *end_in_time(account, period, trade)]


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


def _was_open(trade: Trade, candle: Candle) -> bool:
    """Whether the trade was open when the candle opened."""
    return from_ms(candle.open_time) >= trade.entered_at


def _is_on_its_way_out(account: Account, period: Period, trade: Trade, candle: Candle) -> bool:
    """Whether it is being left in parts, or an exit order had this candle.

    What the order did not get, the stop does not get either.
    """
    if trade.is_hit or trade.left < trade.quantity:
        return True
    return bool(account.orders) and _had_an_order(account, period, trade, candle)


def _had_an_order(account: Account, period: Period, trade: Trade, candle: Candle) -> bool:
    return any(
        order.trade == trade.number and may_fill(order, period, candle)
        for order in account.orders.values()
    )
