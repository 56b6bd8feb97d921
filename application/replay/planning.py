"""The plan that an account was brought to, by the facts that say so."""

from collections.abc import Iterable

import msgspec

from application.opinions import Resolve
from application.plans import AccountPlan, StrategyPlan
from domain.account.evolve import fold
from domain.account.facts import AccountFact
from domain.account.state import Account


def plan_behind(account: Account, facts: Iterable[AccountFact], resolve: Resolve) -> AccountPlan:
    """What is configured behind the facts; the account stays as it is.

    Strategies whose warm-up was not recorded raise no signal: they are no part of it.
    """
    after = fold(copy_of(account), facts)
    strategies = tuple(
        StrategyPlan(
            resolve(each.strategy, each.source, each.parameters), each.timeframe, each.source,
            each.warm_up,
        )
        for each in after.strategies.values()
        if each.warm_up is not None
    )  # fmt: skip
    return AccountPlan(
        after.name, after.exchange, after.quote, after.capital, after.stake,
        after.max_open_trades, after.timeframe, tuple(after.pairs), strategies, after.terms,
    )  # fmt: skip


def copy_of(account: Account) -> Account:
    """Another one in the same state."""
    return msgspec.json.decode(msgspec.json.encode(account), type=Account)
