"""How an open trade ends, in one part or in several."""

from datetime import datetime
from decimal import Decimal
from typing import cast

import msgspec

from domain.account.facts import (
    AccountFact,
    ExitReason,
    OrderCancelled,
    OrderFilled,
    OrderPartlyFilled,
    OrderPlaced,
    StopHit,
    StopKind,
    TargetHit,
    TradeClosed,
    TradeReduced,
)
from domain.account.fills import Exit, Reach, exit_of, fee, gain, part, slippage_of, slipped
from domain.account.period import NO_PLAN, Period
from domain.account.state import Account, Order, Trade
from domain.candles import Candle
from domain.times import from_ms, to_ms
from domain.values import ZERO, ratio

_STOPS = {"stop", "break_even", "trailing_stop"}
"""Exits that are market orders at a level; where the backing ends, nobody waits for a price."""


class Leave(msgspec.Struct, frozen=True, gc=False):
    """A part of a trade that is left, `until` (ms) the candle of it opens.

    `slippage` is what it cost, in the quote currency.
    """

    at: datetime
    quantity: Decimal
    price: Decimal
    fee: Decimal
    reason: ExitReason
    ambiguous: bool
    late: bool
    until: int
    slippage: Decimal = ZERO


def settle_trade(
    account: Account, period: Period, trade: Trade, candle: Candle, *, late: bool,
    reach: Reach | None = None,
) -> list[AccountFact]:  # fmt: skip
    """End the trade if the candle reached its stop or its target.

    Then it is closed, or an exit order waits for what is left.
    """
    end = exit_of(trade, candle, reach)
    return [] if end is None else _settled(account, period, trade, candle, end, late=late)


def _settled(
    account: Account, period: Period, trade: Trade, candle: Candle, end: Exit, *, late: bool
) -> list[AccountFact]:
    leave = _left_at(account, period, trade, candle, end, late=late)
    facts: list[AccountFact] = [_hit(account, trade, end, leave)]
    for order in _orders_of(account, trade):
        cancelled = OrderCancelled(
            leave.at, account.name, trade.number, trade.pair, order.number, order.purpose,
            "trade_closed",
        )  # fmt: skip
        facts.append(cancelled)
    if leave.quantity > ZERO:
        facts.append(leave_trade(account, period, trade, leave))
    if leave.quantity < trade.left:
        rest = trade.left - leave.quantity
        after = from_ms(candle.open_time) + period.span
        facts.append(exit_order(account, period, trade, rest, leave.reason, after))
    return facts


def leave_by_order(
    account: Account, period: Period, order: Order, candle: Candle, *, late: bool
) -> list[AccountFact]:
    """Fill an exit order at the open, as far as the volume goes."""
    model, rules = account.terms.fills, period.rules[order.pair]
    quantity = part(order.quantity, candle, rules, model)
    if quantity <= ZERO:
        return []
    buys = order.side == "short"
    price = slipped(candle.open, candle, rules, model, buys=buys, gapped=False)
    at, paid = from_ms(candle.open_time), fee(quantity, price, rules.taker)
    slippage, rest = slippage_of(quantity, price, candle.open), order.quantity - quantity
    filled: OrderPartlyFilled | OrderFilled
    if rest > ZERO:
        filled = OrderPartlyFilled(
            at, account.name, order.trade, order.pair, order.number, order.side, "exit",
            quantity, price, paid, slippage, rest,
        )  # fmt: skip
    else:
        filled = OrderFilled(
            at, account.name, order.trade, order.pair, order.number, order.side, "exit",
            quantity, price, paid, slippage,
        )  # fmt: skip
    late = late or period.is_caught_up
    leave = Leave(at, quantity, price, paid, order.reason, False, late, candle.open_time, slippage)
    return [filled, leave_trade(account, period, account.trades[order.trade], leave)]


def leave_trade(
    account: Account, period: Period, trade: Trade, leave: Leave
) -> TradeReduced | TradeClosed:
    """What leaving a part of a trade at a price does to it and to the account's cash."""
    gross = leave.quantity * gain(trade, leave.price)
    backed = leave.quantity * trade.entry_price + gross - leave.fee
    cash, shortfall = account.cash + backed, -backed if backed < ZERO else ZERO
    if leave.quantity < trade.left:
        return TradeReduced(
            leave.at, account.name, trade.number, trade.pair, leave.quantity,
            trade.left - leave.quantity, trade.entry_price, leave.price, leave.fee, cash,
            shortfall,
        )  # fmt: skip
    return _closed(account, period, trade, leave, trade.gross + gross, cash, shortfall)


def exit_order(
    account: Account, period: Period, trade: Trade, quantity: Decimal, reason: ExitReason,
    at: datetime,
) -> OrderPlaced:  # fmt: skip
    """An order to leave a trade at the market, which waits until it fills."""
    reserved = notional = ZERO
    valid_until = stop = target = limit = trigger = None
    return OrderPlaced(
        at, account.name, trade.number, trade.pair, account.next_order, trade.strategy,
        trade.timeframe, trade.side, "exit", "market", quantity, reserved, valid_until, stop,
        target, limit, trigger, "gtc", NO_PLAN, reason, period.seen_at, notional,
    )  # fmt: skip


def is_leaving(account: Account, trade: Trade) -> bool:
    """Whether an exit order of the trade waits."""
    return bool(_orders_of(account, trade))


def _orders_of(account: Account, trade: Trade) -> list[Order]:
    return [order for order in account.orders.values() if order.trade == trade.number]


def _left_at(
    account: Account, period: Period, trade: Trade, candle: Candle, end: Exit, *, late: bool
) -> Leave:
    """What of the trade is left where the candle ended it."""
    model, rules = account.terms.fills, period.rules[trade.pair]
    opened = from_ms(candle.open_time)
    at = opened if end.at_open else opened + period.span
    price, quantity = end.price, trade.left
    is_target = end.reason == "target"
    if end.reason in _STOPS:
        buys = trade.side == "short"
        price = slipped(price, candle, rules, model, buys=buys, gapped=end.at_open)
    if end.reason != "backing":
        quantity = part(trade.left, candle, rules, model)
    paid = fee(quantity, price, rules.maker if is_target else rules.taker)
    return Leave(
        at, quantity, price, paid, end.reason, end.ambiguous, late or period.is_caught_up,
        candle.open_time, slippage_of(quantity, price, end.price),
    )  # fmt: skip


def _hit(account: Account, trade: Trade, end: Exit, leave: Leave) -> StopHit | TargetHit:
    if end.reason == "target":
        return TargetHit(
            leave.at, account.name, trade.number, trade.pair, trade.side, leave.quantity,
            end.level, leave.price, leave.fee,
        )  # fmt: skip
    kind = cast("StopKind", end.reason)
    return StopHit(
        leave.at, account.name, trade.number, trade.pair, trade.side, leave.quantity, end.level,
        leave.price, leave.fee, end.ambiguous, kind, leave.slippage,
    )  # fmt: skip


def _closed(
    account: Account, period: Period, trade: Trade, leave: Leave, gross: Decimal, cash: Decimal,
    shortfall: Decimal,
) -> TradeClosed:  # fmt: skip
    fees = trade.entry_fee + trade.fees + leave.fee
    average = leave.price
    if trade.value:
        average = ratio(trade.value + leave.quantity * leave.price, trade.quantity)
    best, worst = _excursion(period, trade, leave)
    profit = gross - fees
    risk = r_multiple = None
    if trade.first_stop is not None and trade.first_stop != trade.entry_price:
        risk = abs(trade.entry_price - trade.first_stop) * trade.quantity
        r_multiple = ratio(profit, risk)
    ambiguous, slippage = leave.ambiguous or trade.ambiguous, trade.slippage + leave.slippage
    duration = int((leave.at - trade.entered_at).total_seconds())
    return TradeClosed(
        leave.at, account.name, trade.number, trade.pair, trade.strategy, trade.side,
        trade.quantity, trade.entered_at, trade.entry_price, average, leave.reason, fees, profit,
        best, worst, ambiguous, leave.late, cash, leave.quantity, leave.price, slippage, risk,
        r_multiple, duration, shortfall,
    )  # fmt: skip


def _excursion(period: Period, trade: Trade, leave: Leave) -> tuple[Decimal, Decimal]:
    """Most and least favourable price; of the exits' own candles only their prices count."""
    known = period.history.extremes(trade.pair, to_ms(trade.entered_at), leave.until) or ()
    seen = sorted((trade.entry_price, leave.price, *trade.part_prices, *known))
    return (seen[-1], seen[0]) if trade.side == "long" else (seen[0], seen[-1])
