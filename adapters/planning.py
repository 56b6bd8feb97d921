"""From settings to what is to be scanned and traded."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import psycopg

from adapters.postgres.sources import approved, last_traded, source_text
from adapters.settings import (
    AccountSettings,
    BadSettings,
    ExchangeSettings,
    Settings,
    StrategySettings,
)
from adapters.strategies.deploying import Use
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from application.plans import AccountPlan, StrategyPlan
from application.scanning import ScanPlan, Universe
from domain.markets import all_in
from domain.strategies import UnknownStrategy
from domain.strategies.strategy import BadParameter
from domain.timeframes import timeframe

Connection = psycopg.Connection[Any]
IDLE = "1h"
"""In this timeframe an exchange is scanned that no account trades on."""


class Plans(NamedTuple):
    """The accounts as configured, and the sources of their strategies by SHA-256.

    What is configured is read once, at the start: nothing that is edited or deployed later
    changes a plan. `undeployed` are the strategies of files that have never been deployed.
    """

    accounts: tuple[AccountPlan, ...]
    sources: Mapping[str, str]
    undeployed: tuple[str, ...]


def library(settings: Settings, connection: Connection | None = None) -> Library:
    """The strategies at hand; with a database, those that were deployed in it go first."""
    if connection is None:
        return Library(settings.strategies_folder)
    stored = partial(source_text, connection)
    deployed = approved(connection)
    return Library(settings.strategies_folder, deployed, stored, last_traded(connection))


def plans(url: str, settings: Settings) -> Plans:
    """What a bot trades that starts now; raises BadSettings."""
    with psycopg.connect(url, autocommit=True) as connection:
        strategies = library(settings, connection)
        exchanges = {each.name: each for each in settings.exchanges}
        accounts = tuple(
            _account_plan(each, exchanges[each.exchange], strategies) for each in settings.accounts
        )
        undeployed = tuple(filter(strategies.is_undeployed, strategy_names(settings)))
    return Plans(accounts, strategies.sources, undeployed)


def strategy_names(settings: Settings) -> list[str]:
    """The strategies that accounts run, in the order of the settings."""
    return list(dict.fromkeys(each.name for on in settings.accounts for each in on.strategies))


def uses(settings: Settings, name: str) -> list[Use]:
    """How accounts use a strategy; as it is by default where none does."""
    found = [_use(each) for on in settings.accounts for each in on.strategies if each.name == name]
    return [use for number, use in enumerate(found) if use not in found[:number]] or [
        _use(StrategySettings(name=name))
    ]


def scan_plan(plans: Plans, of: ExchangeSettings) -> ScanPlan:
    """What accounts need of an exchange: its markets, and the warm-up in each timeframe."""
    candles: dict[str, int] = {}
    for plan in plans.accounts:
        if plan.exchange == of.name:
            candles.setdefault(plan.timeframe, 0)
            for each in plan.strategies:
                candles[each.timeframe] = max(candles.get(each.timeframe, 0), each.warm_up)
    return ScanPlan(universe(of), candles or {IDLE: 0}, patience=round(of.seconds_to_wait * 1000))


def timeframes(settings: Settings, of: ExchangeSettings) -> list[str]:
    """In which timeframes an exchange is scanned, whatever its strategies are."""
    on = [each for each in settings.accounts if each.exchange == of.name]
    names = [name for each in on for name in (_execution(each), *_of_strategies(each))]
    return list(dict.fromkeys(names)) or [IDLE]


def universe(of: ExchangeSettings) -> Universe:
    """Which markets of an exchange are wanted."""
    return Universe(of.pairs, of.quotes, of.allow, of.deny, of.min_turnover, of.min_age_days)


def strategy_plan(account: str, of: StrategySettings, library: Library) -> StrategyPlan:
    """A strategy as an account runs it; raises BadSettings."""
    use = _use(of)
    try:
        chosen, source = library.configured(of.name, use.parameters)
        candles = library.offer(of.name).warm_up(chosen, use.timeframe)
    except (UnknownStrategy, BadParameter, BadStrategy) as error:
        raise BadSettings(f"account {account!r}: {error}") from error
    return StrategyPlan(chosen, of.timeframe, source.sha256, candles)


def _account_plan(settings: AccountSettings, on: ExchangeSettings, library: Library) -> AccountPlan:
    quoted = tuple(pair for pair in on.pairs if pair.endswith(f"/{settings.quote}"))
    everything = (all_in(settings.quote),) if settings.quote in on.quotes else quoted
    return AccountPlan(
        name=settings.name,
        exchange=settings.exchange,
        quote=settings.quote,
        capital=settings.capital,
        stake=settings.stake,
        max_open_trades=settings.max_open_trades,
        timeframe=_execution(settings),
        pairs=tuple(sorted(settings.pairs)) or everything,
        strategies=tuple(
            strategy_plan(settings.name, each, library) for each in settings.strategies
        ),
        terms=settings.terms(),
    )


def _execution(settings: AccountSettings) -> str:
    """On whose candles an account's fills are judged."""
    shortest = min(_of_strategies(settings), key=lambda name: timeframe(name).ms, default=IDLE)
    return settings.timeframe or shortest


def _of_strategies(settings: AccountSettings) -> list[str]:
    return [each.timeframe for each in settings.strategies]


def _use(of: StrategySettings) -> Use:
    parameters = {key: str(value) for key, value in of.parameters.items()}
    return Use(timeframe(of.timeframe), parameters)
