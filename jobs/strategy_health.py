"""What is well with the strategies of the settings, and what a start would refuse."""

from collections.abc import Iterator
from typing import NamedTuple

from adapters.planning import Connection, library, strategy_names, strategy_plan
from adapters.settings import BadSettings, Settings
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from application.plans import StrategyPlan
from domain.strategies.strategy import BadParameter
from domain.timeframes import timeframe
from jobs.starting import drift_of, first_verdicts, refusal
from jobs.strategy_checks import DAY_MS, days, quiet_on_standard_output


class Health(NamedTuple):
    """How a strategy of the settings stands."""

    name: str
    ok: bool
    says: str


def strategies_health(connection: Connection, settings: Settings) -> Iterator[Health]:
    """How each configured strategy stands, in the order of the settings."""
    strategies = library(settings, connection)
    with quiet_on_standard_output():
        for name in strategy_names(settings):
            try:
                plans = _plans(settings, name, strategies)
                reason = _first_refusal(connection, settings, name, strategies)
                drift = drift_of(name, settings, strategies)
            except (BadSettings, BadStrategy, BadParameter) as bad:
                yield Health(name, False, str(bad))
                continue
            if reason is None and drift is not None and drift.differs:
                reason = drift.says
            yield Health(name, reason is None, reason or _well(name, plans, strategies))


def _plans(settings: Settings, name: str, strategies: Library) -> list[StrategyPlan]:
    return [
        strategy_plan(account.name, each, strategies)
        for account in settings.accounts
        for each in account.strategies
        if each.name == name
    ]


def _first_refusal(
    connection: Connection, settings: Settings, name: str, strategies: Library
) -> str | None:
    """Why the checks at the first start would refuse it."""
    if not strategies.is_undeployed(name):
        return None
    found = [each for _, each in first_verdicts(connection, settings, (name,))]
    return next((reason for each in found for reason in filter(None, map(refusal, each))), None)


def _well(name: str, plans: list[StrategyPlan], strategies: Library) -> str:
    offer = strategies.offer(name)
    where = offer.origin if offer.origin == "built in" else offer.where
    new = "; it will be deployed at the next start" if strategies.is_undeployed(name) else ""
    warm_ups = ", ".join(dict.fromkeys(map(_warm_up, plans)))
    return f"{where}; warm-up {warm_ups}{new}"


def _warm_up(plan: StrategyPlan) -> str:
    span = days(plan.warm_up * timeframe(plan.timeframe).ms / DAY_MS)
    return f"{plan.warm_up:,} candles of {plan.timeframe} ({span})"
