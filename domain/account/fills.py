"""What one candle does to an open trade: the golden table of the paper market.

What a candle cannot tell is decided pessimistically and said to be ambiguous.
"""

from decimal import ROUND_UP, Decimal
from typing import NamedTuple

from domain.account.facts import ExitReason
from domain.account.state import Trade
from domain.candles import Candle

_FEE_STEP = Decimal("0.00000001")


class Exit(NamedTuple):
    """How a candle ended a trade. `at_open`: certain to have been the candle's first price."""

    price: Decimal
    reason: ExitReason
    ambiguous: bool
    at_open: bool


def exit_from(trade: Trade, candle: Candle) -> Exit | None:
    """Where the candle ends the trade, if it does. The open comes first and is certain."""
    best, worst = _reach(trade, candle)
    if _reached(trade, candle.open, trade.stop, against=True):
        return Exit(candle.open, "stop", ambiguous=False, at_open=True)
    if _reached(trade, candle.open, trade.target, against=False):
        return Exit(candle.open, "target", ambiguous=False, at_open=True)
    target_touched = _reached(trade, best, trade.target, against=False)
    if trade.stop is not None and _reached(trade, worst, trade.stop, against=True):
        return Exit(trade.stop, "stop", ambiguous=target_touched, at_open=False)
    if trade.target is not None and target_touched:
        return Exit(trade.target, "target", ambiguous=False, at_open=False)
    return None


def fee(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """The fee of a fill in the quote currency, rounded up to eight decimals."""
    return (quantity * price * rate).quantize(_FEE_STEP, ROUND_UP).normalize()


def gross_profit(trade: Trade, price: Decimal) -> Decimal:
    """What the trade earns before fees when it is closed at a price."""
    gain = price - trade.entry_price if trade.side == "long" else trade.entry_price - price
    return trade.quantity * gain


def better(trade: Trade, first: Decimal, second: Decimal) -> bool:
    """Whether the first price is more favourable to the trade."""
    return first > second if trade.side == "long" else first < second


def _reach(trade: Trade, candle: Candle) -> tuple[Decimal, Decimal]:
    """The candle's most and least favourable price for the trade."""
    if trade.side == "long":
        return candle.high, candle.low
    return candle.low, candle.high


def _reached(trade: Trade, price: Decimal, level: Decimal | None, *, against: bool) -> bool:
    """Whether a price has come to a level: against the trade (stop) or with it (target)."""
    if level is None:
        return False
    falling = (trade.side == "long") is against
    return price <= level if falling else price >= level
