"""Stops and targets as prices: fixed ones at the tick, and those relative to a fill."""

from decimal import Decimal

from domain.account.facts import StopKind
from domain.account.fills import not_short_of
from domain.account.terms import ExitPlan, Side
from domain.markets import MarketRules


def levels(
    side: Side, price: Decimal, stop: Decimal | None, target: Decimal | None, plan: ExitPlan,
    rules: MarketRules,
) -> tuple[Decimal | None, Decimal | None, StopKind]:  # fmt: skip
    """Stop, target and the stop's kind of a trade entered at a price.

    `stop` and `target` are the fixed ones, at the tick; the plan's are rounded here.
    """
    if stop is None:
        distant = behind(side, price, plan.stop_distance, plan.stop_rate)
        stop = stop_price(side, distant, rules)
    if target is None:
        distant = ahead(side, price, plan.target_distance, plan.target_rate)
        target = target_price(side, distant, rules)
    distant = behind(side, price, plan.trail_distance, plan.trail_rate)
    trailed = stop_price(side, distant, rules)
    if trailed is not None and (stop is None or not not_short_of(side, stop, trailed)):
        return trailed, target, "trailing_stop"
    return stop, target, "stop"


def behind(
    side: Side, price: Decimal, distance: Decimal | None, rate: Decimal | None
) -> Decimal | None:
    """A price that far on the losing side of another: below for a long."""
    if distance is None:
        if rate is None:
            return None
        distance = price * rate
    return price - distance if side == "long" else price + distance


def ahead(
    side: Side, price: Decimal, distance: Decimal | None, rate: Decimal | None
) -> Decimal | None:
    """A price that far on the winning side of another: above for a long."""
    return behind("short" if side == "long" else "long", price, distance, rate)


def stop_price(side: Side, price: Decimal | None, rules: MarketRules) -> Decimal | None:
    """A stop, or a limit to enter, at the tick, away from profit: down for a long."""
    if price is None:
        return None
    return rules.price_below(price) if side == "long" else rules.price_above(price)


def target_price(side: Side, price: Decimal | None, rules: MarketRules) -> Decimal | None:
    """A target, or a trigger to enter, at the tick, to the harder side: up for a long."""
    if price is None:
        return None
    return rules.price_above(price) if side == "long" else rules.price_below(price)
