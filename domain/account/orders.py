"""What becomes of waiting orders when a period closes: they fill, expire or are cancelled."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from domain.account.exits import leave_by_order
from domain.account.facts import (
    AccountFact,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderTriggered,
    TradeOpened,
)
from domain.account.fills import (
    FEE_STEP,
    Fill,
    Reach,
    entry_of,
    fee,
    is_target_doubtful,
    part,
    slipped,
    triggers,
)
from domain.account.levels import levels
from domain.account.period import Period
from domain.account.state import Account, Order, lock_key
from domain.candles import Candle
from domain.times import from_ms
from domain.values import ONE, ZERO

Reaches = dict[str, Reach]
"""How far prices went, by pair, after an entry within this period's candle."""


def settle_exit_orders(account: Account, period: Period) -> Iterator[AccountFact]:
    """Fill the exits that wait, market by market."""
    for order in _waiting(account, "exit"):
        candle = period.traded(order.pair)
        if candle is not None and may_fill(order, period, candle):
            yield from leave_by_order(account, period, order, candle, late=period.is_caught_up)


def settle_entry_orders(
    account: Account, period: Period, reaches: Reaches
) -> Iterator[AccountFact]:
    """Fill or end the entries that wait, market by market; `reaches` is added to."""
    for order in _waiting(account, "enter"):
        candle = period.traded(order.pair)
        has_its_candle = candle is not None and may_fill(order, period, candle)
        if candle is not None and has_its_candle:
            yield from _enter(account, period, order, candle, reaches)
        if order.number in account.orders:
            yield from _expire(account, period, order, has_its_candle)


def may_fill(order: Order, period: Period, candle: Candle) -> bool:
    """Whether the candle opened in the order's time; an entry cannot fill in what it has seen."""
    opened = from_ms(candle.open_time)
    if order.filled_at is not None and opened <= order.filled_at:
        return False  # a candle gives its share once
    if order.placed_at > opened or (order.valid_until is not None and opened >= order.valid_until):
        return False
    return order.purpose == "exit" or opened + period.span > order.seen_at


def cancelled(account: Account, order: Order, reason: str, at: datetime) -> OrderCancelled:
    """The fact that an order is taken back."""
    return OrderCancelled(
        at, account.name, order.trade, order.pair, order.number, order.purpose, reason
    )


def cancel_unwanted(account: Account, period: Period) -> Iterator[OrderCancelled]:
    """Take back what nobody wants any more, after it had this period's candle."""
    for order in list(account.orders.values()):
        reason = _unwanted(account, period, order)
        if reason is not None:
            yield cancelled(account, order, reason, period.closed_at)


def _unwanted(account: Account, period: Period, order: Order) -> str | None:
    """Why an order is not wanted any more, if so."""
    if order.is_unwanted:
        return "operator"
    if order.purpose == "exit":
        return None
    if account.paused:
        return "paused"
    if order.side in account.halts or "any" in account.halts:
        return "halted"
    keys = (lock_key(order.pair, None), lock_key(order.pair, order.side))
    if account.locks and not account.locks.keys().isdisjoint(keys):
        return "locked"
    if order.pair in period.delisted:
        return "delisted"
    return None if order.strategy in account.strategies else "withdrawn"


def _waiting(account: Account, purpose: str) -> list[Order]:
    """Orders by market, oldest first."""
    orders = [order for order in account.orders.values() if order.purpose == purpose]
    return sorted(orders, key=lambda order: (order.pair, order.number)) if orders else orders


def _expire(
    account: Account, period: Period, order: Order, had_its_candle: bool
) -> Iterator[OrderExpired]:
    at = order.valid_until
    if at is None or at > period.closed_at:
        if not (had_its_candle and order.time_in_force in {"ioc", "fok"}):
            return
        at = period.closed_at
    yield OrderExpired(at, account.name, order.trade, order.pair, order.number, order.purpose)


def _enter(
    account: Account, period: Period, order: Order, candle: Candle, reaches: Reaches
) -> Iterator[AccountFact]:
    fill = entry_of(order, candle, account.terms.fills)
    if fill is not None:
        yield from _fill(account, period, order, candle, fill)
        if fill.reach is not None and order.trade in account.trades:
            reaches[order.pair] = fill.reach
    elif triggers(order, candle):
        assert order.trigger is not None
        yield OrderTriggered(
            period.closed_at, account.name, order.trade, order.pair, order.number, order.trigger
        )


def _fill(
    account: Account, period: Period, order: Order, candle: Candle, fill: Fill
) -> Iterator[AccountFact]:
    """Fill what volume and cash let through; it may be nothing, and then the order waits."""
    rules = period.rules[order.pair]
    at = from_ms(candle.open_time) if fill.at_open else from_ms(candle.open_time) + period.span
    price = _price(account, period, order, candle, fill)
    rate = rules.taker if fill.taker else rules.maker
    cash = account.free_cash + order.reserved
    affordable = order.quantity
    if order.quantity * price + fee(order.quantity, price, rate) > cash:
        affordable = rules.quantity(max(cash - FEE_STEP, ZERO) / (price * (ONE + rate)))
    quantity = min(affordable, part(order.quantity, candle, rules, account.terms.fills))
    is_cut = quantity < order.quantity
    if affordable < order.quantity and not rules.takes(affordable, price):
        yield cancelled(account, order, "insufficient_cash", at)
    elif is_cut and order.time_in_force == "fok":
        yield cancelled(account, order, "not_in_whole", at)
    elif not is_cut or rules.takes(quantity, price):
        yield from _filled(account, order, fill, at, price, quantity, rate, period)


def _filled(
    account: Account,
    order: Order,
    fill: Fill,
    at: datetime,
    price: Decimal,
    quantity: Decimal,
    rate: Decimal,
    period: Period,
) -> Iterator[AccountFact]:
    name, trade, pair, side = account.name, order.trade, order.pair, order.side
    paid, slippage = fee(quantity, price, rate), abs(price - fill.price) * quantity
    cash = account.cash - quantity * price - paid
    yield OrderFilled(
        at, name, trade, pair, order.number, side, "enter", quantity, price, paid, slippage
    )
    rules = period.rules[pair]
    stop, target, kind = levels(side, price, order.stop, order.target, order.exits, rules)
    stop, target = _above_zero(stop), _above_zero(target)
    is_doubtful = fill.reach is not None and is_target_doubtful(side, target, fill.reach)
    yield TradeOpened(
        at, name, trade, pair, order.strategy, order.timeframe, side, quantity, price, paid,
        stop, target, cash, kind, order.exits, slippage, is_doubtful, period.is_caught_up,
    )  # fmt: skip


def _above_zero(level: Decimal | None) -> Decimal | None:
    """A level that is no price any more can never be reached: then there is none."""
    return level if level is None or level > ZERO else None


def _price(account: Account, period: Period, order: Order, candle: Candle, fill: Fill) -> Decimal:
    if not fill.slips:
        return fill.price
    return slipped(
        fill.price,
        buys=order.side == "long",
        gapped=fill.gapped,
        candle=candle,
        rules=period.rules[order.pair],
        model=account.terms.fills,
        limit=order.limit,
    )
