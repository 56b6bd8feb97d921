"""The opinions of a close that concern an account become signals: exits first, then entries."""

from collections.abc import Iterator
from decimal import Decimal

from domain.account.facts import Purpose, SignalRaised, StrategyFailed
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account
from domain.values import ZERO


def raise_signals(account: Account, period: Period) -> Iterator[SignalRaised]:
    """Exits of the account's trades by market, then entries in the order that it prefers."""
    opinions = sorted(period.opinions, key=lambda opinion: (opinion.pair, opinion.strategy))
    for opinion in opinions:
        if opinion.exit is None:
            continue
        for trade in account.trades.values():
            if (trade.pair, trade.strategy, trade.side) == (
                opinion.pair, opinion.strategy, opinion.exit,
            ):  # fmt: skip
                yield _signal(account, period, opinion, trade.number, "exit")
    entries = [opinion for opinion in opinions if opinion.enter is not None]
    if account.terms.prefer == "strength":
        entries.sort(key=_strength, reverse=True)
    for number, opinion in enumerate(entries, account.next_trade):
        yield _signal(account, period, opinion, number, "enter")


def report(account: Account, period: Period, failure: Failure) -> Iterator[StrategyFailed]:
    """The failure of a strategy in a market, once after it was deployed."""
    strategy, pair, error = failure
    if pair not in account.failing.get(strategy, ()):
        yield StrategyFailed(
            period.closed_at, account.name, strategy, pair, period.timeframe, error
        )


def _strength(opinion: Opinion) -> tuple[bool, Decimal]:
    return opinion.strength is not None, opinion.strength or ZERO


def _signal(
    account: Account, period: Period, opinion: Opinion, number: int, purpose: Purpose
) -> SignalRaised:
    common = (
        period.closed_at, account.name, number, opinion.pair, opinion.strategy, period.timeframe,
    )  # fmt: skip
    if purpose == "exit":
        assert opinion.exit is not None
        return SignalRaised(
            *common, opinion.exit, purpose, opinion.close, None, None, opinion.indicators
        )
    assert opinion.enter is not None
    return SignalRaised(
        *common,
        opinion.enter,
        purpose,
        opinion.close,
        opinion.stop,
        opinion.target,
        opinion.indicators,
        opinion.limit,
        opinion.trigger,
        opinion.exits,
        opinion.strength,
        opinion.volatility,
    )
