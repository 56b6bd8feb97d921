"""How an open trade ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from domain.account.facts import (
    AccountFact,
    ExitReason,
    OrderCancelled,
    StopHit,
    TargetHit,
    TradeClosed,
)
from domain.account.fills import better, exit_from, fee, gross_profit
from domain.account.period import Period
from domain.account.state import Account, Trade
from domain.candles import Candle
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms


def settle(
    account: Account, period: Period, trade: Trade, candle: Candle, *, late: bool
) -> Iterator[AccountFact]:
    """End the trade if the candle reached its stop or its target."""
    end = exit_from(trade, candle)
    if end is None:
        return
    opened = from_ms(candle.open_time)
    closed = opened + timedelta(milliseconds=timeframe(period.timeframe).ms)
    at = opened if end.at_open else closed
    rules = period.rules[trade.pair]
    paid = fee(trade.quantity, end.price, rules.taker if end.reason == "stop" else rules.maker)
    name, number, pair = account.name, trade.number, trade.pair
    if end.reason == "stop" and trade.stop is not None:
        yield StopHit(
            at, name, number, pair, trade.side, trade.quantity, trade.stop, end.price, paid,
            end.ambiguous,
        )  # fmt: skip
    elif trade.target is not None:
        yield TargetHit(
            at, name, number, pair, trade.side, trade.quantity, trade.target, end.price, paid
        )
    for order in [order for order in account.orders.values() if order.trade == number]:
        yield OrderCancelled(at, name, number, pair, order.number, order.purpose, "trade_closed")
    yield close_trade(
        account, period, trade, candle, at, end.price, paid, end.reason,
        ambiguous=end.ambiguous, late=late,
    )  # fmt: skip


def close_trade(
    account: Account,
    period: Period,
    trade: Trade,
    candle: Candle,
    at: datetime,
    price: Decimal,
    paid: Decimal,
    reason: ExitReason,
    *,
    ambiguous: bool,
    late: bool,
) -> TradeClosed:
    """The end of a trade at a price within a candle, its account's cash settled."""
    gross = gross_profit(trade, price)
    fees = trade.entry_fee + paid
    best, worst = _excursion(period, trade, candle, price)
    return TradeClosed(
        at=at,
        account=account.name,
        trade=trade.number,
        pair=trade.pair,
        strategy=trade.strategy,
        side=trade.side,
        quantity=trade.quantity,
        entered_at=trade.entered_at,
        entry_price=trade.entry_price,
        exit_price=price,
        exit_reason=reason,
        fees=fees,
        profit=gross - fees,
        best=best,
        worst=worst,
        ambiguous=ambiguous,
        caught_up=late,
        cash=account.cash + trade.cost + gross - paid,
    )


def _excursion(
    period: Period, trade: Trade, candle: Candle, price: Decimal
) -> tuple[Decimal, Decimal]:
    """Most and least favourable price; of the exit's own candle only the exit price counts."""
    seen = [trade.entry_price, price]
    extremes = period.history.extremes(trade.pair, to_ms(trade.entered_at), candle.open_time)
    if extremes is not None:
        seen.extend(extremes)
    best = worst = trade.entry_price
    for candidate in seen:
        best = candidate if better(trade, candidate, best) else best
        worst = candidate if better(trade, worst, candidate) else worst
    return best, worst
