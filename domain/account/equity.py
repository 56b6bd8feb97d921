"""What an account is worth at a period's close, and how it is exposed."""

from collections.abc import Callable
from decimal import Decimal

from domain.account.fills import gain
from domain.account.period import Period
from domain.account.state import Account, Trade
from domain.values import ZERO


def last_price(period: Period, pair: str) -> Decimal | None:
    """The newest close of a pair that is known."""
    candle = period.candles.get(pair)
    return period.history.last(pair) if candle is None else candle.close


def equity(account: Account, period: Period) -> Decimal:
    """Cash and open trades at their last price; at cost where there is none."""
    return account.balance + sum(
        (_open_profit(trade, period) for trade in account.trades.values()), ZERO
    )


def exposure(account: Account, concerns: Callable[[str], bool]) -> Decimal:
    """What open trades cost and waiting entries are for, in the pairs that are concerned."""
    trades = (trade.cost for trade in account.trades.values() if concerns(trade.pair))
    orders = (
        order.notional
        for order in account.orders.values()
        if order.purpose == "enter" and concerns(order.pair)
    )
    return sum(trades, ZERO) + sum(orders, ZERO)


def _open_profit(trade: Trade, period: Period) -> Decimal:
    price = last_price(period, trade.pair)
    return ZERO if price is None else trade.left * gain(trade, price)
