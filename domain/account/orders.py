"""What becomes of waiting orders when a period closes: they fill, expire or are cancelled."""

from collections.abc import Iterator, Sequence
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
    slippage_of,
    slipped,
    triggers,
)
from domain.account.levels import levels, stop_price, target_price
from domain.account.period import Period
from domain.account.state import Account, Order, by_market, lock_key
from domain.candles import Candle
from domain.times import from_ms
from domain.values import ONE, ZERO

Reaches = dict[str, Reach]
"""How far prices went, by pair, after an entry within this period's candle."""


def settle_orders(account: Account, period: Period, reaches: Reaches) -> Iterator[AccountFact]:
    """Fill the exits that wait, then fill or end the entries, market by market.

    `reaches` is added to.
    """
    waiting = by_market(account.orders.values())
    for order in waiting:
        if order.purpose == "exit":
            yield from _leave(account, period, order)
    for order in waiting:
        if order.purpose == "enter":
            yield from _enter(account, period, order, reaches)


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


def _leave(account: Account, period: Period, order: Order) -> Sequence[AccountFact]:
    candle = period.traded(order.pair)
    if candle is None or not may_fill(order, period, candle):
        return ()
    return leave_by_order(account, period, order, candle, late=False)


def _enter(
    account: Account, period: Period, order: Order, reaches: Reaches
) -> Sequence[AccountFact]:
    candle = period.traded(order.pair)
    if candle is None or not may_fill(order, period, candle):
        return _expired(account, period, order, had_its_candle=False)
    fill = entry_of(order, candle, account.terms.fills)
    if fill is None:
        triggered = _triggered(account, period, order, candle)
        return [*triggered, *_expired(account, period, order, had_its_candle=True)]
    facts = _fill(account, period, order, candle, fill)
    if not facts:
        return _expired(account, period, order, had_its_candle=True)
    if fill.reach is not None and isinstance(facts[-1], TradeOpened):
        reaches[order.pair] = fill.reach
    return facts


def _expired(
    account: Account, period: Period, order: Order, *, had_its_candle: bool
) -> Sequence[OrderExpired]:
    at = order.valid_until
    if at is None or at > period.closed_at:
        if not (had_its_candle and order.time_in_force in {"ioc", "fok"}):
            return ()
        at = period.closed_at
    return [OrderExpired(at, account.name, order.trade, order.pair, order.number, order.purpose)]


def _triggered(
    account: Account, period: Period, order: Order, candle: Candle
) -> Sequence[OrderTriggered]:
    if not triggers(order, candle):
        return ()
    assert order.trigger is not None
    fact = OrderTriggered(
        period.closed_at, account.name, order.trade, order.pair, order.number, order.trigger
    )
    return [fact]


def _fill(
    account: Account, period: Period, order: Order, candle: Candle, fill: Fill
) -> Sequence[AccountFact]:
    """Fill what volume and cash let through; it may be nothing, and then the order waits."""
    rules, opened = period.rules[order.pair], from_ms(candle.open_time)
    at = opened if fill.at_open else opened + period.span
    price = _price(account, period, order, candle, fill)
    rate = rules.taker if fill.taker else rules.maker
    cash, paid = account.free_cash_for(order), fee(order.quantity, price, rate)
    affordable = order.quantity
    if order.quantity * price + paid > cash:
        affordable = rules.quantity(max(cash - FEE_STEP, ZERO) / (price * (ONE + rate)))
    quantity = min(affordable, part(order.quantity, candle, rules, account.terms.fills))
    if quantity < order.quantity:
        if affordable < order.quantity and not rules.takes(affordable, price):
            return [cancelled(account, order, "insufficient_cash", at)]
        if order.time_in_force == "fok":
            return [cancelled(account, order, "not_in_whole", at)]
        if not rules.takes(quantity, price):
            return ()
        paid = fee(quantity, price, rate)
    return _filled(account, order, fill, at, price, quantity, paid, period)


def _filled(
    account: Account,
    order: Order,
    fill: Fill,
    at: datetime,
    price: Decimal,
    quantity: Decimal,
    paid: Decimal,
    period: Period,
) -> tuple[OrderFilled, TradeOpened]:
    name, trade, pair, side = account.name, order.trade, order.pair, order.side
    slippage = slippage_of(quantity, price, fill.price)
    cash = account.cash - quantity * price - paid
    rules = period.rules[pair]
    stop, target = stop_price(side, order.stop, rules), target_price(side, order.target, rules)
    stop, target, kind = levels(side, price, stop, target, order.exits, rules)
    stop, target = _above_zero(stop), _above_zero(target)
    is_doubtful = fill.reach is not None and is_target_doubtful(side, target, fill.reach)
    filled = OrderFilled(
        at, name, trade, pair, order.number, side, "enter", quantity, price, paid, slippage
    )
    opened = TradeOpened(
        at, name, trade, pair, order.strategy, order.timeframe, side, quantity, price, paid,
        stop, target, cash, kind, order.exits, slippage, is_doubtful, period.is_caught_up,
    )  # fmt: skip
    return filled, opened


def _above_zero(level: Decimal | None) -> Decimal | None:
    """A level that is no price any more can never be reached: then there is none."""
    return level if level is None or level > ZERO else None


def _price(account: Account, period: Period, order: Order, candle: Candle, fill: Fill) -> Decimal:
    if not fill.slips:
        return fill.price
    buys, rules, model = order.side == "long", period.rules[order.pair], account.terms.fills
    return slipped(
        fill.price, candle, rules, model, buys=buys, gapped=fill.gapped, limit=order.limit
    )
