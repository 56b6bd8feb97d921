"""From a signal to an order, or to a reason why not. docs/paper-account.md lists the reasons."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from domain.account.exits import exit_order, is_leaving
from domain.account.facts import OrderPlaced, OrderType, SignalDeclined, SignalRaised
from domain.account.fills import not_short_of
from domain.account.levels import levels, stop_price, target_price
from domain.account.period import NO_PLAN, Period
from domain.account.sizing import Refused, quantity_of
from domain.account.state import Account, lock_key
from domain.account.terms import ExitPlan, Side
from domain.timeframes import span_of
from domain.values import ONE, ZERO


def answer_signal(
    account: Account, period: Period, signal: SignalRaised, valid_for: int | None = None
) -> OrderPlaced | SignalDeclined:
    """Every signal leads to an order or to a reason."""
    try:
        if signal.purpose == "exit":
            return _exit(account, period, signal)
        return _entry(account, period, signal, valid_for or account.terms.valid_for)
    except Refused as refused:
        return SignalDeclined(
            signal.at, account.name, signal.trade, signal.pair, signal.purpose, refused.reason,
            refused.numbers,
        )  # fmt: skip


def _exit(account: Account, period: Period, signal: SignalRaised) -> OrderPlaced:
    trade = account.trades[signal.trade]
    if is_leaving(account, trade):
        raise Refused("exit_waiting")
    return exit_order(account, period, trade, trade.left, "signal", signal.at)


def _entry(
    account: Account, period: Period, signal: SignalRaised, valid_for: int
) -> OrderPlaced:  # fmt: skip
    valid_until = signal.at + span_of(signal.timeframe, valid_for)
    _refuse_stale(period, valid_until)
    _refuse_closed_doors(account, period, signal)
    side, rules = signal.side, period.rules[signal.pair]
    limit = stop_price(side, signal.limit, rules)
    trigger = target_price(side, signal.trigger, rules)
    _refuse_bad_price("limit", limit)
    _refuse_bad_price("trigger", trigger)
    price = limit or trigger or signal.close
    fixed_stop = stop_price(side, signal.stop, rules)
    fixed_target = target_price(side, signal.target, rules)
    plan = _plan(account, signal)
    stop, target, _ = levels(side, price, fixed_stop, fixed_target, plan, rules)
    bracket = [(price, stop, target)]
    if limit is not None and trigger is not None:
        found = levels(side, trigger, fixed_stop, fixed_target, plan, rules)
        bracket.append((trigger, *found[:2]))
    _refuse_unsound(side, bracket)
    quantity = quantity_of(account, period, signal, price, stop, rules)
    notional = quantity * price
    reserved = notional * (ONE + rules.taker)
    return OrderPlaced(
        signal.at, account.name, signal.trade, signal.pair, account.next_order, signal.strategy,
        signal.timeframe, side, "enter", _type(limit, trigger), quantity, reserved, valid_until,
        fixed_stop, fixed_target, limit, trigger, account.terms.time_in_force, plan, "signal",
        period.seen_at, notional,
    )  # fmt: skip


def _type(limit: Decimal | None, trigger: Decimal | None) -> OrderType:
    if trigger is None:
        return "market" if limit is None else "limit"
    return "stop" if limit is None else "stop_limit"


def _plan(account: Account, signal: SignalRaised) -> ExitPlan:
    """The strategy's plan; where it says nothing of a level, the account's."""
    own, usual = signal.exits, account.terms.exits
    if usual == NO_PLAN:
        return own
    fixed = {"stop": signal.stop, "target": signal.target}
    chosen: dict[str, Decimal | None] = {}
    for level in ("stop", "target", "trail", "break_even"):
        names = (f"{level}_distance", f"{level}_rate")
        is_own = any(getattr(own, name) is not None for name in names) or fixed.get(level)
        chosen |= {name: getattr(own if is_own else usual, name) for name in names}
    return ExitPlan(**chosen, time_stop=own.time_stop or usual.time_stop)


def _refuse_stale(period: Period, valid_until: datetime) -> None:
    if period.seen_at >= valid_until:
        late = period.seen_at - period.closed_at
        raise Refused("stale", seconds_late=Decimal(int(late.total_seconds())))


def _refuse_closed_doors(account: Account, period: Period, signal: SignalRaised) -> None:
    """Refuse where the account, its market or its places are not open to an entry."""
    if account.paused:
        raise Refused("paused")
    if account.halts:
        _refuse_stopped("halted", account.halts, ("any", signal.side), period)
    if account.locks:
        locks = (lock_key(signal.pair, None), lock_key(signal.pair, signal.side))
        _refuse_stopped("locked", account.locks, locks, period)
    if signal.pair not in period.rules or signal.pair in period.delisted:
        raise Refused("not_listed")
    if signal.side == "short" and not account.terms.shorts:
        raise Refused("short_not_allowed")
    places = account.max_open_trades - len(account.trades)
    if account.trades or account.orders:
        _refuse_busy(account, signal.pair)
        places -= sum(order.purpose == "enter" for order in account.orders.values())
    if places <= 0:
        raise Refused("max_open_trades", max_open_trades=Decimal(account.max_open_trades))


def _refuse_busy(account: Account, pair: str) -> None:
    """Refuse where a trade is open in the market, or an order waits."""
    busy = {trade.pair for trade in account.trades.values()}
    busy.update(order.pair for order in account.orders.values())
    if pair in busy:
        raise Refused("already_open")


def _refuse_stopped(
    reason: str, stops: Mapping[str, datetime | None], keys: Iterable[str], period: Period
) -> None:
    """Refuse under a halt or lock, with the seconds that the longest lasts, if it has an end."""
    ends = [stops[key] for key in keys if key in stops]
    if not ends:
        return
    latest = max((end for end in ends if end is not None), default=None)
    if latest is None or None in ends:
        raise Refused(reason)
    left = int((latest - period.closed_at).total_seconds())
    raise Refused(reason, seconds_left=Decimal(left))


def _refuse_bad_price(name: str, price: Decimal | None) -> None:
    if price is not None and price <= ZERO:
        raise Refused("bad_price", **{name: price})


def _refuse_unsound(
    side: Side, bracket: Iterable[tuple[Decimal, Decimal | None, Decimal | None]]
) -> None:
    """A stop that would be hit at once protects nothing, such a target earns nothing.

    `bracket` holds stop and target at each price at which the order may fill.
    """
    for price, stop, _ in bracket:
        if stop is not None and (stop <= ZERO or not_short_of(side, stop, price)):
            raise Refused("stop_not_protective", stop=stop, price=price)
    for price, _, target in bracket:
        if target is not None and (target <= ZERO or not_short_of(side, price, target)):
            raise Refused("target_not_profitable", target=target, price=price)
