"""From a strategy's opinion to an order, or to a reason why not.

Reasons: stale, not_listed, short_not_allowed, already_open, max_open_trades,
stop_not_protective, below_minimum, insufficient_cash, exit_waiting.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from domain.account.facts import (
    AccountFact,
    OrderPlaced,
    SignalDeclined,
    SignalRaised,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.values import ONE, ZERO

Refusal = tuple[str, dict[str, Decimal]]


def raise_signals(account: Account, period: Period) -> Iterator[SignalRaised]:
    """Opinions of this close that concern the account: exits of its trades, then entries."""
    opinions = sorted(period.opinions, key=lambda opinion: (opinion.pair, opinion.strategy))
    for opinion in opinions:
        for trade in account.trades.values():
            if (trade.pair, trade.strategy, trade.side) == (
                opinion.pair, opinion.strategy, opinion.exit,
            ):  # fmt: skip
                yield _signal(account, period, opinion, trade.number, "exit")
    number = account.next_trade
    for opinion in opinions:
        if opinion.enter is not None:
            yield _signal(account, period, opinion, number, "enter")
            number += 1


def answer_signals(account: Account, period: Period, signal: SignalRaised) -> Iterator[AccountFact]:
    """Every signal leads to an order or to a reason."""
    if signal.purpose == "exit":
        yield _exit_order(account, signal)
        return
    refusal = _refusal(account, period, signal)
    if refusal is None:
        yield _entry_order(account, period, signal)
    else:
        yield SignalDeclined(signal.at, account.name, signal.trade, signal.pair, "enter", *refusal)


def _signal(
    account: Account, period: Period, opinion: Opinion, number: int, purpose: str
) -> SignalRaised:
    enters = purpose == "enter"
    side = opinion.enter if enters else opinion.exit
    assert side is not None
    return SignalRaised(
        at=period.closed_at,
        account=account.name,
        trade=number,
        pair=opinion.pair,
        strategy=opinion.strategy,
        timeframe=period.timeframe,
        side=side,
        purpose="enter" if enters else "exit",
        close=opinion.close,
        stop=opinion.stop if enters else None,
        target=opinion.target if enters else None,
        indicators=opinion.indicators,
    )


def _refusal(account: Account, period: Period, signal: SignalRaised) -> Refusal | None:
    """The first rule that a signal breaks, and its numbers."""
    rules = period.rules.get(signal.pair)
    if period.seen_at >= period.closed_at + _span(signal):
        late = period.seen_at - period.closed_at
        return "stale", {"seconds_late": Decimal(int(late.total_seconds()))}
    if rules is None:
        return "not_listed", {}
    if signal.side == "short":
        return "short_not_allowed", {}
    busy = {trade.pair for trade in account.trades.values()}
    busy.update(order.pair for order in account.orders.values())
    if signal.pair in busy:
        return "already_open", {}
    entries = sum(order.purpose == "enter" for order in account.orders.values())
    if len(account.trades) + entries >= account.max_open_trades:
        return "max_open_trades", {"max_open_trades": Decimal(account.max_open_trades)}
    return _unsound(signal, rules) or _unaffordable(account, signal, rules)


def _unsound(signal: SignalRaised, rules: MarketRules) -> Refusal | None:
    """A stop that would be hit at once protects nothing."""
    stop = None if signal.stop is None else rules.price_below(signal.stop)
    if stop is not None and not ZERO < stop < signal.close:
        return "stop_not_protective", {"stop": stop, "close": signal.close}
    return None


def _unaffordable(account: Account, signal: SignalRaised, rules: MarketRules) -> Refusal | None:
    quantity = rules.quantity(account.stake / signal.close)
    notional = quantity * signal.close
    if quantity < rules.min_quantity or quantity <= ZERO or notional < rules.min_notional:
        return "below_minimum", {
            "quantity": quantity,
            "min_quantity": rules.min_quantity,
            "notional": notional,
            "min_notional": rules.min_notional,
        }
    needed = _reserve(account, rules)
    if needed > account.free_cash:
        return "insufficient_cash", {"needed": needed, "free_cash": account.free_cash}
    return None


def _reserve(account: Account, rules: MarketRules) -> Decimal:
    """What an entry keeps from being spent twice: the stake and its fee."""
    return account.stake * (ONE + rules.taker)


def _entry_order(account: Account, period: Period, signal: SignalRaised) -> OrderPlaced:
    rules = period.rules[signal.pair]
    return OrderPlaced(
        at=signal.at,
        account=account.name,
        trade=signal.trade,
        pair=signal.pair,
        order=account.next_order,
        strategy=signal.strategy,
        timeframe=signal.timeframe,
        side=signal.side,
        purpose="enter",
        type="market",
        quantity=rules.quantity(account.stake / signal.close),
        reserved=_reserve(account, rules),
        valid_until=signal.at + _span(signal),
        stop=None if signal.stop is None else rules.price_below(signal.stop),
        target=None if signal.target is None else rules.price_above(signal.target),
    )


def _exit_order(account: Account, signal: SignalRaised) -> AccountFact:
    if any(order.trade == signal.trade for order in account.orders.values()):
        return SignalDeclined(
            signal.at, account.name, signal.trade, signal.pair, "exit", "exit_waiting", {}
        )
    trade = account.trades[signal.trade]
    return OrderPlaced(
        at=signal.at,
        account=account.name,
        trade=signal.trade,
        pair=signal.pair,
        order=account.next_order,
        strategy=signal.strategy,
        timeframe=signal.timeframe,
        side=signal.side,
        purpose="exit",
        type="market",
        quantity=trade.quantity,
        reserved=ZERO,
        valid_until=None,
        stop=None,
        target=None,
    )


def _span(signal: SignalRaised) -> timedelta:
    """How long an entry may wait: one period of its strategy."""
    return timedelta(milliseconds=timeframe(signal.timeframe).ms)
