"""From what an operator configured to facts: accounts opened, configured, strategies deployed."""

from collections.abc import Iterator
from datetime import datetime

from application.plans import AccountPlan
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    StrategyDeployed,
    StrategyWithdrawn,
)
from domain.account.state import Account, Deployment

BY = "configuration"


def apply_plan(
    account: Account, plan: AccountPlan, at: datetime, market_position: int
) -> list[AccountFact]:
    """The facts that bring an account to its plan, none when it is there; the state follows."""
    facts = list(_differences(account, plan, at, market_position))
    fold(account, facts)
    return facts


def _differences(
    account: Account, plan: AccountPlan, at: datetime, position: int
) -> Iterator[AccountFact]:
    name = plan.name
    if not account.is_open:
        yield AccountOpened(
            at, name, plan.exchange, plan.quote, plan.capital, position, BY, "first seen"
        )
    wanted = (plan.timeframe, plan.stake, plan.max_open_trades, list(plan.pairs))
    have = (account.timeframe, account.stake, account.max_open_trades, account.pairs)
    if (*wanted, plan.terms) != (*have, account.terms):
        yield AccountConfigured(
            at, name, *wanted, position, BY, "configuration differs", plan.terms
        )
    planned = deployments_of(plan)
    for strategy in sorted(account.strategies.keys() - planned.keys()):
        yield StrategyWithdrawn(at, name, strategy, position, BY, "not configured any more")
    for strategy, deployment in sorted(planned.items()):
        if account.strategies.get(strategy) != deployment:
            yield StrategyDeployed(
                at, name, strategy, deployment.timeframe, deployment.parameters,
                deployment.source, position, BY, "configuration differs", deployment.warm_up,
            )  # fmt: skip


def deployments_of(plan: AccountPlan) -> dict[str, Deployment]:
    """The strategies of a plan, by name, as they are deployed."""
    return {
        each.strategy.name: Deployment(
            each.strategy.name,
            each.timeframe,
            each.strategy.parameters(),
            each.source,
            each.warm_up,
        )
        for each in plan.strategies
    }
