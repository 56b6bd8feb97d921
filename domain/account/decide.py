"""What an account does when a period has closed, in the order that section 7 of the design fixes.

(1) waiting orders expire or fill; (2) stops and targets of open trades, entry candle included;
(3) trailing stops (none yet); then, all markets done, (4) signals of this close; (5) new orders.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, localcontext

from domain.account.entries import answer_signals, raise_signals
from domain.account.exits import close_trade, settle
from domain.account.facts import (
    AccountFact,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    TradeOpened,
)
from domain.account.fills import fee
from domain.account.period import Period
from domain.account.state import Account, Order, Trade, evolve
from domain.candles import Candle
from domain.timeframes import timeframe
from domain.times import from_ms
from domain.values import MONEY


def decide(account: Account, period: Period) -> list[AccountFact]:
    """The facts that a closed period leads to; the account is moved along with each."""
    facts = []
    with localcontext(MONEY):
        for fact in _steps(account, period):
            evolve(account, fact)
            facts.append(fact)
    return facts


def _steps(account: Account, period: Period) -> Iterator[AccountFact]:
    """One fact after the other; each is in the state before the next is thought of."""
    if period.timeframe == account.timeframe:
        for pair, candle in period.late:
            yield from _settle_late(account, period, pair, candle)
        for pair in _busy_pairs(account):
            yield from _orders_of(account, period, pair)
            yield from _exits_of(account, period, pair)
    raised = list(raise_signals(account, period))
    yield from raised
    for signal in raised:
        yield from answer_signals(account, period, signal)


def _busy_pairs(account: Account) -> list[str]:
    """Pairs with an order or an open trade, in canonical order."""
    busy = {order.pair for order in account.orders.values()}
    return sorted(busy.union(trade.pair for trade in account.trades.values()))


def _orders_of(account: Account, period: Period, pair: str) -> Iterator[AccountFact]:
    candle = period.candles.get(pair)
    for order in _waiting(account, pair):
        if candle is not None and _may_fill(order, candle):
            yield from _fill(account, period, order, candle, late=_caught_up(period))
        elif order.valid_until is not None and order.valid_until <= period.closed_at:
            yield OrderExpired(
                order.valid_until, account.name, order.trade, pair, order.number, order.purpose
            )


def _waiting(account: Account, pair: str) -> list[Order]:
    return [order for order in account.orders.values() if order.pair == pair]


def _may_fill(order: Order, candle: Candle) -> bool:
    """Whether the candle opened when the order was placed and its time was not over."""
    opened = from_ms(candle.open_time)
    return order.placed_at <= opened and (order.valid_until is None or opened < order.valid_until)


def _fill(
    account: Account, period: Period, order: Order, candle: Candle, *, late: bool
) -> Iterator[AccountFact]:
    at, price = from_ms(candle.open_time), candle.open
    paid = fee(order.quantity, price, period.rules[order.pair].taker)
    if order.purpose == "enter" and order.quantity * price + paid > account.cash:
        yield OrderCancelled(
            at, account.name, order.trade, order.pair, order.number, "enter", "insufficient_cash"
        )
        return
    yield OrderFilled(
        at, account.name, order.trade, order.pair, order.number, order.side, order.purpose,
        order.quantity, price, paid,
    )  # fmt: skip
    if order.purpose == "enter":
        yield _opened(account, order, candle, paid)
    else:
        trade = account.trades[order.trade]
        yield close_trade(
            account, period, trade, candle, at, price, paid, "signal", ambiguous=False, late=late
        )


def _opened(account: Account, order: Order, candle: Candle, paid: Decimal) -> TradeOpened:
    cost = order.quantity * candle.open
    return TradeOpened(
        at=from_ms(candle.open_time),
        account=account.name,
        trade=order.trade,
        pair=order.pair,
        strategy=order.strategy,
        timeframe=order.timeframe,
        side=order.side,
        quantity=order.quantity,
        entry_price=candle.open,
        fee=paid,
        stop=order.stop,
        target=order.target,
        cash=account.cash - cost - paid,
    )


def _exits_of(account: Account, period: Period, pair: str) -> Iterator[AccountFact]:
    candle = period.candles.get(pair)
    if candle is None:
        return
    for trade in _trades_of(account, pair):
        if from_ms(candle.open_time) >= trade.entered_at:
            yield from settle(account, period, trade, candle, late=_caught_up(period))


def _settle_late(
    account: Account, period: Period, pair: str, candle: Candle
) -> Iterator[AccountFact]:
    """A candle that came, or changed, after its period ends what it would have; it never enters."""
    for order in _waiting(account, pair):
        if order.purpose == "exit" and _may_fill(order, candle):
            yield from _fill(account, period, order, candle, late=True)
    for trade in _trades_of(account, pair):
        if from_ms(candle.open_time) >= trade.entered_at:
            yield from settle(account, period, trade, candle, late=True)


def _trades_of(account: Account, pair: str) -> list[Trade]:
    return [trade for trade in account.trades.values() if trade.pair == pair]


def _caught_up(period: Period) -> bool:
    """Whether the period was only seen when the next one was over as well."""
    span = timedelta(milliseconds=timeframe(period.timeframe).ms)
    return period.seen_at >= period.closed_at + span
