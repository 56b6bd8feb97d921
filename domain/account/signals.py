"""The opinions of a close that concern an account become signals: exits first, then entries."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from domain.account.facts import SignalRaised, StrategyFailed
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account, Trade
from domain.account.terms import Side
from domain.values import ZERO

Raised = tuple[SignalRaised, Opinion]
"""A signal and the opinion behind it."""


def raise_signals(account: Account, period: Period) -> list[Raised]:
    """Exits of the account's trades by market, then entries in the order that it prefers."""
    opinions = list(period.opinions)
    if len(opinions) > 1:
        opinions.sort(key=lambda opinion: (opinion.pair, opinion.strategy))
    raised = list(_exits(account, period, opinions)) if account.trades else []
    if account.terms.prefer == "strength":
        opinions.sort(key=_strength, reverse=True)
    number = account.next_trade
    for opinion in opinions:
        if opinion.enter is not None:
            raised.append((_entry(account, period, opinion, opinion.enter, number), opinion))
            number += 1
    return raised


def report(account: Account, period: Period, failure: Failure) -> Iterator[StrategyFailed]:
    """The failure of a strategy in a market, once after it was deployed."""
    strategy, pair, error = failure
    if pair not in account.failing.get(strategy, ()):
        yield StrategyFailed(
            period.closed_at, account.name, strategy, pair, period.timeframe, error
        )


def _strength(opinion: Opinion) -> tuple[bool, Decimal]:
    return opinion.strength is not None, opinion.strength or ZERO


def _exits(account: Account, period: Period, opinions: Iterable[Opinion]) -> Iterator[Raised]:
    for opinion in opinions:
        if opinion.exit is None:
            continue
        for trade in account.trades.values():
            if (
                trade.side == opinion.exit
                and trade.pair == opinion.pair
                and trade.strategy == opinion.strategy
            ):
                yield _exit(account, period, trade, opinion), opinion


def _exit(account: Account, period: Period, trade: Trade, opinion: Opinion) -> SignalRaised:
    return SignalRaised(
        period.closed_at, account.name, trade.number, trade.pair, trade.strategy,
        period.timeframe, trade.side, "exit", opinion.close, None, None, opinion.indicators,
    )  # fmt: skip


def _entry(
    account: Account, period: Period, opinion: Opinion, side: Side, number: int
) -> SignalRaised:
    return SignalRaised(
        period.closed_at, account.name, number, opinion.pair, opinion.strategy,
        period.timeframe, side, "enter", opinion.close, opinion.stop, opinion.target,
        opinion.indicators, opinion.limit, opinion.trigger, opinion.exits, opinion.strength,
        opinion.volatility,
    )  # fmt: skip
