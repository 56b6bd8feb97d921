"""What one candle does to an order and to an open trade: the golden tables of the paper market.

What a candle cannot tell is decided pessimistically and said to be ambiguous. Everything is told
for a long; a short is its mirror.
"""

from decimal import Decimal

import msgspec

from domain.account.facts import ExitReason, StopKind
from domain.account.state import Order, Trade
from domain.account.terms import FillModel, Side
from domain.candles import Candle
from domain.markets import MarketRules
from domain.times import from_ms
from domain.values import ZERO, round_to_ceiling

FEE_STEP = Decimal("0.00000001")
"""What fees are rounded up to."""
_POINT = Decimal("0.0001")


class Reach(msgspec.Struct, frozen=True, gc=False):
    """How far prices went after a fill: for certain, and as far as the candle allows."""

    certain_best: Decimal
    possible_best: Decimal
    certain_worst: Decimal
    possible_worst: Decimal


class Fill(msgspec.Struct, frozen=True, gc=False):
    """How an order fills in a candle, slippage not yet taken off.

    `slips`: it takes what it gets. `gapped`: beyond its trigger already at the open. `reach` is
    of the prices after it, None where the whole candle came after.
    """

    price: Decimal
    at_open: bool
    taker: bool
    slips: bool
    gapped: bool
    reach: Reach | None


class Exit(msgspec.Struct, frozen=True, gc=False):
    """How a candle ended a trade, slippage not yet taken off.

    `level` is what was reached. `at_open`: certain to have been the candle's first price.
    """

    level: Decimal
    price: Decimal
    reason: ExitReason
    ambiguous: bool
    at_open: bool


def is_quiet(candle: Candle) -> bool:
    """Whether the candle only says that nothing was traded."""
    return not candle.volume and candle.high == candle.low


def entry_of(order: Order, candle: Candle, model: FillModel) -> Fill | None:
    """How the candle fills an entry, if it does."""
    if order.type == "market":
        return _at_open(candle, slips=True, gapped=False)
    if order.type == "limit" or order.triggered:
        return _limit(order, candle, model)
    if order.type == "stop":
        return _stop(order, candle)
    return _stop_limit(order, candle, model)


def triggers(order: Order, candle: Candle) -> bool:
    """Whether the candle reaches the trigger of an order that still has it before it."""
    if order.type != "stop_limit" or order.triggered:
        return False
    best, _ = extremes(order.side, candle)
    return not_short_of(order.side, best, _given(order.trigger))


def exit_of(trade: Trade, candle: Candle, reach: Reach | None = None) -> Exit | None:
    """Where the candle ends the trade, if it does. The open comes first and is certain.

    `reach` is given in the candle of an entry that filled within it.
    """
    side, target = trade.side, trade.target
    stop, kind = stop_at(trade, candle)
    if _is_out_of_reach(side, stop, target, candle):
        return None
    if reach is None:
        if stop is not None and not_short_of(side, stop, candle.open):
            return Exit(stop, candle.open, kind, ambiguous=False, at_open=True)
        if target is not None and not_short_of(side, candle.open, target):
            return Exit(target, candle.open, "target", ambiguous=False, at_open=True)
        best, worst = extremes(side, candle)
        reach = Reach(best, best, worst, worst)
    if stop is not None and not_short_of(side, stop, reach.possible_worst):
        is_certain = not_short_of(side, stop, reach.certain_worst)
        ambiguous = not is_certain or _is_reached(side, reach.possible_best, target)
        return Exit(stop, stop, kind, ambiguous, at_open=False)
    if target is not None and not_short_of(side, reach.certain_best, target):
        return Exit(target, target, "target", ambiguous=False, at_open=False)
    return None


def is_target_doubtful(side: Side, target: Decimal | None, reach: Reach) -> bool:
    """Whether the target may have been reached after the fill, and may not."""
    return _is_reached(side, reach.possible_best, target) and not _is_reached(
        side, reach.certain_best, target
    )


def _is_reached(side: Side, price: Decimal, target: Decimal | None) -> bool:
    return target is not None and not_short_of(side, price, target)


def _is_out_of_reach(
    side: Side, stop: Decimal | None, target: Decimal | None, candle: Candle
) -> bool:
    """Whether the candle comes to neither, at its open or later."""
    if side == "long":
        return (stop is None or stop < candle.low) and (target is None or target > candle.high)
    return (stop is None or stop > candle.high) and (target is None or target < candle.low)


def stop_at(trade: Trade, candle: Candle) -> tuple[Decimal | None, StopKind]:
    """The stop that held when the candle opened, and its kind.

    A short's backing is used up where the price is twice the entry: nothing holds it beyond.
    """
    stop = trade.stops[-1]
    if len(trade.stops) > 1:
        opened = from_ms(candle.open_time)
        stop = next((s for s in reversed(trade.stops) if s.since <= opened), trade.stops[0])
    if trade.side == "short":
        backing = 2 * trade.entry_price
        if stop.price is None or stop.price > backing:
            return backing, "backing"
    return stop.price, stop.kind


def slipped(
    price: Decimal,
    candle: Candle,
    rules: MarketRules,
    model: FillModel,
    *,
    buys: bool,
    gapped: bool,
    limit: Decimal | None = None,
) -> Decimal:
    """The price after slippage, at a worse tick.

    Within the candle's range unless it gapped, and never beyond the order's limit.
    """
    if not (model.slippage_points or model.slippage_range):
        return price
    of_price = price * model.slippage_points * _POINT
    amount = of_price + (candle.high - candle.low) * model.slippage_range
    if not amount:
        return price
    if buys:
        worst = rules.price_above(price + amount)
        worst = worst if gapped else max(price, min(worst, candle.high))
        return worst if limit is None else min(worst, limit)
    worst = max(rules.price_below(price - amount), rules.tick)
    worst = min(price, worst) if gapped else min(price, max(worst, candle.low))
    return worst if limit is None else max(worst, limit)


def part(
    quantity: Decimal, candle: Candle, rules: MarketRules, model: FillModel
) -> Decimal:  # fmt: skip
    """What of a quantity the candle's volume lets through, at the lot."""
    if model.volume_share is None:
        return quantity
    return min(quantity, rules.quantity(candle.volume * model.volume_share))


def fee(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """The fee of a fill in the quote currency, rounded up to eight decimals."""
    return round_to_ceiling(quantity * price * rate, FEE_STEP)


def slippage_of(quantity: Decimal, price: Decimal, ideal: Decimal) -> Decimal:
    """What slippage cost in the quote currency; without it the price had been `ideal`."""
    return ZERO if price == ideal else abs(price - ideal) * quantity


def gain(trade: Trade, price: Decimal) -> Decimal:
    """What one unit of the trade earns before fees at a price."""
    return price - trade.entry_price if trade.side == "long" else trade.entry_price - price


def extremes(side: Side, candle: Candle) -> tuple[Decimal, Decimal]:
    """The candle's most and least favourable price."""
    return (candle.high, candle.low) if side == "long" else (candle.low, candle.high)


def not_short_of(side: Side, price: Decimal, level: Decimal) -> bool:
    """Whether a price is as favourable as a level, or more."""
    return price >= level if side == "long" else price <= level


def better(side: Side, first: Decimal, second: Decimal) -> Decimal:
    """The more favourable of two prices."""
    return first if not_short_of(side, first, second) else second


def worse(side: Side, first: Decimal, second: Decimal) -> Decimal:
    """The less favourable of two prices."""
    return second if not_short_of(side, first, second) else first


def _at_open(candle: Candle, *, slips: bool, gapped: bool) -> Fill:
    return Fill(candle.open, True, True, slips, gapped, None)


def _limit(order: Order, candle: Candle, model: FillModel) -> Fill | None:
    """A limit that rests: the price must come to it."""
    limit = _given(order.limit)
    if _passes(order.side, candle.open, limit, model):
        return _at_open(candle, slips=False, gapped=False)
    best, worst = extremes(order.side, candle)
    if not _passes(order.side, worst, limit, model):
        return None
    reach = Reach(better(order.side, limit, candle.close), best, worst, worst)
    return Fill(limit, False, False, False, False, reach)


def _stop(order: Order, candle: Candle) -> Fill | None:
    """A trigger that the price must come up to; beyond it, at the open, it gapped."""
    trigger = _given(order.trigger)
    if not_short_of(order.side, candle.open, trigger):
        return _at_open(candle, slips=True, gapped=True)
    best, worst = extremes(order.side, candle)
    if not not_short_of(order.side, best, trigger):
        return None
    reach = Reach(best, best, _lower(order.side, trigger, candle), worst)
    return Fill(trigger, False, True, True, False, reach)


def _stop_limit(order: Order, candle: Candle, model: FillModel) -> Fill | None:
    """Triggered like a stop; from then on a limit."""
    side, trigger, limit = order.side, _given(order.trigger), _given(order.limit)
    if not_short_of(side, candle.open, trigger):
        fill = _limit(order, candle, model)
        return fill if fill is None else msgspec.structs.replace(fill, slips=fill.at_open)
    best, worst = extremes(side, candle)
    if not not_short_of(side, best, trigger):
        return None
    if not_short_of(side, limit, trigger):
        reach = Reach(best, best, _lower(side, trigger, candle), worst)
        return Fill(trigger, False, True, True, False, reach)
    if not _passes(side, candle.close, limit, model):
        return None
    reach = Reach(better(side, limit, candle.close), best, _lower(side, limit, candle), worst)
    return Fill(limit, False, False, False, False, reach)


def _passes(side: Side, price: Decimal, limit: Decimal, model: FillModel) -> bool:
    """Whether a price is beyond a limit or, by setting, at it."""
    return (model.limit_touch and price == limit) or not not_short_of(side, price, limit)


def _lower(side: Side, price: Decimal, candle: Candle) -> Decimal:
    return worse(side, price, candle.close)


def _given(price: Decimal | None) -> Decimal:
    """A price that orders of this type always have."""
    assert price is not None
    return price
