"""What a bot trades that starts: strategies of files are deployed when they are first named."""

import psycopg
from rich.console import Console
from rich.markup import escape

from adapters.planning import Connection, Plans, library, plans, strategy_names, uses
from adapters.postgres.sources import Approval, approve_first
from adapters.settings import BadSettings, Settings
from adapters.strategies.deploying import Drift, drift
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from adapters.strategies.offers import Offer
from application.setup import BY
from jobs.strategy_checks import Verdict, verdicts

errors = Console(stderr=True)


def plans_at_start(url: str, settings: Settings) -> Plans:
    """What a bot trades that starts now. Deploys what was never deployed; raises BadSettings."""
    found = plans(url, settings)
    with psycopg.connect(url, autocommit=True) as connection:
        if found.undeployed:
            _deploy_first(connection, settings, found.undeployed)
            found = plans(url, settings)
        _tell_of_drifts(settings, library(settings, connection))
    return found


def first_verdicts(
    connection: Connection, settings: Settings, names: tuple[str, ...]
) -> list[tuple[Offer, list[Verdict]]]:
    """What comes of checking strategies of files that were never deployed."""
    strategies = library(settings, connection)
    offers = [strategies.offer(name) for name in names]
    return [(offer, verdicts([(offer, uses(settings, offer.name))])) for offer in offers]


def refusal(verdict: Verdict) -> str | None:
    """Why a strategy may not trade, in a line."""
    if verdict.refused is None:
        return None
    return f"{verdict.where} on {verdict.timeframe} may not trade: {verdict.refused}"


def drift_of(name: str, settings: Settings, strategies: Library) -> Drift | None:
    """What became of the file that a strategy was deployed from; None where that is as it was."""
    if not strategies.is_deployed(name):
        return None
    return drift(strategies.offer(name), settings.strategies_folder)


def _tell_of_drifts(settings: Settings, strategies: Library) -> None:
    for name in strategy_names(settings):
        found = drift_of(name, settings, strategies)
        if found is not None:
            line = f"strategy {escape(name)}: {escape(found.says)}"
            errors.print(line, style="yellow", soft_wrap=True)


def _deploy_first(connection: Connection, settings: Settings, names: tuple[str, ...]) -> None:
    """All of them or none; raises BadSettings."""
    errors.print(f"Checks before they trade: {escape(', '.join(names))} ...")
    approvals = []
    try:
        checked = first_verdicts(connection, settings, names)
    except BadStrategy as bad:
        raise BadSettings(str(bad)) from bad
    for offer, found in checked:
        for reason in filter(None, map(refusal, found)):
            raise BadSettings(f"strategy {offer.name!r}: {reason}")
        approvals.append(Approval(offer.name, offer.source.sha256, offer.source.text))
    approve_first(connection, approvals, BY)
