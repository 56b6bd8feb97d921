"""What one candle does: whether it fills an entry, and whether it ends a trade."""

from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple

from tests.reference.inputs import Candle, Entry, Market, Rules
from tests.reference.prices import bought, sold

Way = Literal["at_open", "came_down", "came_up", "turned"]
"""How the price came to a fill; `turned`: up to the trigger first, then down to the limit."""


class Fill(NamedTuple):
    """An entry's price, how it was reached, and whether it pays the taker's fee.

    `reached` is what the price had before slippage.
    """

    price: float
    reached: float
    way: Way
    taker: bool


class Leave(NamedTuple):
    """An exit's price and reason, whether it was at the open and pays the taker's fee."""

    price: float
    reason: str
    at_open: bool
    taker: bool = True


class Reach(NamedTuple):
    """How far the price went after the entry: what is certain, and what is possible."""

    worst_certain: float
    worst_possible: float
    best_certain: float
    best_possible: float


@dataclass(slots=True)
class Order:
    """An entry that waits; prices are mirrored for a short."""

    entry: Entry
    sign: int
    quantity: float
    limit: float
    trigger: float
    valid_until: int
    triggered: bool = False


@dataclass(slots=True)
class Position:
    """An open trade; prices are mirrored for a short, infinite where there is none."""

    entry: Entry
    sign: int
    quantity: float
    entered_at: int
    price: float
    fee: float
    stop: float
    stop_reason: str
    target: float
    time_is_up: float
    ambiguous: bool = False

    @property
    def backing(self) -> float:
        """Where a short has lost what backs it: at twice its entry."""
        return 2 * self.price if self.sign < 0 else -inf


def entry_fill(order: Order, candle: Candle, market: Market, rules: Rules) -> Fill | None:
    """Where the candle fills the order, if it does; a stop-limit may be triggered only."""
    match order.entry.order_type:
        case "market":
            return _taken(candle[1], "at_open", candle, market, rules, gapped=False)
        case "limit":
            return _limit_fill(order, candle, rules)
        case "stop":
            return _stop_fill(order, candle, market, rules)
        case "stop_limit":
            return _stop_limit_fill(order, candle, market, rules)


def reach_after(fill: Fill, candle: Candle) -> Reach:
    """What is known of the candle's prices after a fill in it."""
    _, _, high, low, close, _ = candle
    lower, higher = min(fill.reached, close), max(fill.reached, close)
    match fill.way:
        case "at_open":
            return Reach(low, low, high, high)
        case "came_down":
            return Reach(low, low, higher, high)
        case "came_up":
            return Reach(lower, low, high, high)
        case "turned":
            return Reach(lower, low, higher, high)


def leave_at_open(position: Position, candle: Candle, market: Market, rules: Rules) -> Leave | None:
    """The exit of a trade whose candle opens beyond its stop, its backing or its target."""
    level, reason = _worst_allowed(position)
    if candle[1] <= level:
        return Leave(_stopped(candle[1], reason, candle, market, rules, gapped=True), reason, True)
    if candle[1] >= position.target:
        return Leave(candle[1], "target", True, taker=False)
    return None


def leave_within(
    position: Position, reach: Reach, candle: Candle, market: Market, rules: Rules
) -> Leave | None:
    """The exit of a trade within a candle; marks the trade where the candle cannot tell."""
    level, reason = _worst_allowed(position)
    stopped = reach.worst_possible <= level
    credited = not stopped and reach.best_certain >= position.target
    if stopped and reach.worst_certain > level:
        position.ambiguous = True
    if reach.best_possible >= position.target and not credited:
        position.ambiguous = True
    if stopped:
        return Leave(_stopped(level, reason, candle, market, rules, gapped=False), reason, False)
    return Leave(position.target, "target", False, taker=False) if credited else None


def _limit_fill(order: Order, candle: Candle, rules: Rules) -> Fill | None:
    if _trades_through(candle[1], order.limit, rules):
        return Fill(candle[1], candle[1], "at_open", True)
    if _trades_through(candle[3], order.limit, rules):
        return Fill(order.limit, order.limit, "came_down", False)
    return None


def _stop_fill(order: Order, candle: Candle, market: Market, rules: Rules) -> Fill | None:
    if candle[1] >= order.trigger:
        return _taken(candle[1], "at_open", candle, market, rules, gapped=True)
    if candle[2] >= order.trigger:
        return _taken(order.trigger, "came_up", candle, market, rules, gapped=False)
    return None


def _stop_limit_fill(order: Order, candle: Candle, market: Market, rules: Rules) -> Fill | None:
    """Where it is triggered and filled at once it slips, but never beyond its limit.

    The candle's range holds for it at the open, too: only a stop may leave that.
    """
    if order.triggered:
        return _limit_fill(order, candle, rules)
    if candle[2] < order.trigger:
        return None
    order.triggered = True
    if candle[1] >= order.trigger:
        fill = _limit_fill(order, candle, rules)
        if fill is None or fill.way != "at_open":
            return fill
        fill = _taken(candle[1], "at_open", candle, market, rules, gapped=False)
        return fill._replace(price=min(fill.price, order.limit))
    if order.trigger <= order.limit:
        fill = _taken(order.trigger, "came_up", candle, market, rules, gapped=False)
        return fill._replace(price=min(fill.price, order.limit))
    if _trades_through(candle[4], order.limit, rules):
        return Fill(order.limit, order.limit, "turned", False)
    return None


def _taken(
    price: float, way: Way, candle: Candle, market: Market, rules: Rules, *, gapped: bool
) -> Fill:
    """A fill that slips."""
    return Fill(bought(price, candle, market, rules, gapped=gapped), price, way, True)


def _trades_through(price: float, limit: float, rules: Rules) -> bool:
    return price <= limit if rules.limit_touch else price < limit


def _worst_allowed(position: Position) -> tuple[float, str]:
    """The level that a falling price meets first, and its name."""
    if position.backing > position.stop:
        return position.backing, "backing"
    return position.stop, position.stop_reason


def _stopped(
    price: float, reason: str, candle: Candle, market: Market, rules: Rules, *, gapped: bool
) -> float:
    """What a stop gets; a used-up backing is closed at its price and does not slip."""
    if reason == "backing":
        return price
    return sold(price, candle, market, rules, gapped=gapped)
