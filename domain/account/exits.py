"""How an open trade ends, in one part or in several."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, cast

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
from domain.account.fills import Exit, Reach, exit_of, fee, gain, part, slipped
from domain.account.period import Period
from domain.account.state import Account, Order, Trade
from domain.candles import Candle
from domain.times import from_ms, to_ms
from domain.values import ZERO, ratio

_STOPS = {"stop", "break_even", "trailing_stop"}
"""Exits that are market orders at a level; where the backing ends, nobody waits for a price."""


class Leave(NamedTuple):
    """A part of a trade that is left, `until` (ms) the candle of it opens."""

    at: datetime
    quantity: Decimal
    price: Decimal
    fee: Decimal
    reason: ExitReason
    ambiguous: bool
    late: bool
    until: int


def settle_trade(
    account: Account, period: Period, trade: Trade, candle: Candle, *, late: bool,
    reach: Reach | None = None,
) -> Iterator[AccountFact]:  # fmt: skip
    """End the trade if the candle reached its stop or its target."""
    end = exit_of(trade, candle, reach)
    if end is None:
        return
    leave, slippage = _left_at(account, period, trade, candle, end, late=late)
    yield _hit(account, trade, end, leave, slippage)
    for order in _orders_of(account, trade):
        yield OrderCancelled(
            leave.at, account.name, trade.number, trade.pair, order.number, order.purpose,
            "trade_closed",
        )  # fmt: skip
    rest = trade.left - leave.quantity
    if leave.quantity > ZERO:
        yield leave_trade(account, period, trade, leave)
    if rest > ZERO:
        after = from_ms(candle.open_time) + period.span
        yield exit_order(account, period, trade, rest, leave.reason, after)


def leave_by_order(
    account: Account, period: Period, order: Order, candle: Candle, *, late: bool
) -> Iterator[AccountFact]:
    """Fill an exit order at the open, as far as the volume goes."""
    model, rules = account.terms.fills, period.rules[order.pair]
    quantity = part(order.quantity, candle, rules, model)
    if quantity <= ZERO:
        return
    price = slipped(
        candle.open, buys=order.side == "short", gapped=False, candle=candle, rules=rules,
        model=model,
    )  # fmt: skip
    at, paid = from_ms(candle.open_time), fee(quantity, price, rules.taker)
    slippage, rest = abs(price - candle.open) * quantity, order.quantity - quantity
    which = (at, account.name, order.trade, order.pair, order.number, order.side)
    if rest > ZERO:
        yield OrderPartlyFilled(*which, "exit", quantity, price, paid, slippage, rest)
    else:
        yield OrderFilled(*which, "exit", quantity, price, paid, slippage)
    leave = Leave(at, quantity, price, paid, order.reason, False, late, candle.open_time)
    yield leave_trade(account, period, account.trades[order.trade], leave)


def leave_trade(
    account: Account, period: Period, trade: Trade, leave: Leave
) -> TradeReduced | TradeClosed:
    """What leaving a part of a trade at a price does to it and to the account's cash."""
    gross = leave.quantity * gain(trade, leave.price)
    backed = leave.quantity * trade.entry_price + gross - leave.fee
    cash, shortfall = account.cash + backed, max(ZERO, -backed)
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
    return OrderPlaced(
        at=at,
        account=account.name,
        trade=trade.number,
        pair=trade.pair,
        order=account.next_order,
        strategy=trade.strategy,
        timeframe=trade.timeframe,
        side=trade.side,
        purpose="exit",
        type="market",
        quantity=quantity,
        reserved=ZERO,
        valid_until=None,
        stop=None,
        target=None,
        time_in_force="gtc",
        reason=reason,
        seen_at=period.seen_at,
        notional=ZERO,
    )


def is_leaving(account: Account, trade: Trade) -> bool:
    """Whether an exit order of the trade waits."""
    return bool(_orders_of(account, trade))


def _orders_of(account: Account, trade: Trade) -> list[Order]:
    return [order for order in account.orders.values() if order.trade == trade.number]


def _left_at(
    account: Account, period: Period, trade: Trade, candle: Candle, end: Exit, *, late: bool
) -> tuple[Leave, Decimal]:
    """What of the trade is left where the candle ended it, and what slippage cost."""
    model, rules = account.terms.fills, period.rules[trade.pair]
    opened = from_ms(candle.open_time)
    at = opened if end.at_open else opened + period.span
    price, quantity = end.price, trade.left
    is_target = end.reason == "target"
    if end.reason in _STOPS:
        price = slipped(
            price, buys=trade.side == "short", gapped=end.at_open, candle=candle, rules=rules,
            model=model,
        )  # fmt: skip
    if end.reason != "backing":
        quantity = part(trade.left, candle, rules, model)
    paid = fee(quantity, price, rules.maker if is_target else rules.taker)
    leave = Leave(
        at, quantity, price, paid, end.reason, end.ambiguous, late, candle.open_time
    )  # fmt: skip
    return leave, abs(price - end.price) * quantity


def _hit(
    account: Account, trade: Trade, end: Exit, leave: Leave, slippage: Decimal
) -> StopHit | TargetHit:
    common = (leave.at, account.name, trade.number, trade.pair, trade.side, leave.quantity)
    if end.reason == "target":
        return TargetHit(*common, end.level, leave.price, leave.fee)
    kind = cast("StopKind", end.reason)
    return StopHit(*common, end.level, leave.price, leave.fee, end.ambiguous, kind, slippage)


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
    risk = None
    if trade.first_stop is not None and trade.first_stop != trade.entry_price:
        risk = abs(trade.entry_price - trade.first_stop) * trade.quantity
    return TradeClosed(
        at=leave.at,
        account=account.name,
        trade=trade.number,
        pair=trade.pair,
        strategy=trade.strategy,
        side=trade.side,
        quantity=trade.quantity,
        entered_at=trade.entered_at,
        entry_price=trade.entry_price,
        exit_price=average,
        exit_reason=leave.reason,
        fees=fees,
        profit=profit,
        best=best,
        worst=worst,
        ambiguous=leave.ambiguous or trade.ambiguous,
        caught_up=leave.late,
        cash=cash,
        part=leave.quantity,
        part_price=leave.price,
        slippage=trade.slippage,
        risk=risk,
        r_multiple=None if risk is None else ratio(profit, risk),
        duration=int((leave.at - trade.entered_at).total_seconds()),
        shortfall=shortfall,
    )


def _excursion(period: Period, trade: Trade, leave: Leave) -> tuple[Decimal, Decimal]:
    """Most and least favourable price; of the exits' own candles only their prices count."""
    seen = [trade.entry_price, leave.price, *trade.part_prices]
    extremes = period.history.extremes(trade.pair, to_ms(trade.entered_at), leave.until)
    if extremes is not None:
        seen.extend(extremes)
    high, low = max(seen), min(seen)
    return (high, low) if trade.side == "long" else (low, high)
