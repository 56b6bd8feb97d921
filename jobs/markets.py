"""`discover` and `revalidate`: which markets there are, and whether those that failed are well."""

import json as json_text
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from adapters import bootstrap
from adapters.planning import Plans, plans, scan_plan
from adapters.postgres.purpose import refuse_a_demo
from adapters.settings import ExchangeSettings, read_settings
from application.scanning.listings import Looked
from application.scanning.plan import ScanPlan
from application.scanning.scan import Revalidated
from domain.facts import Fact
from domain.market_facts import MarketDelisted, MarketListed, MarketRulesChanged
from jobs.options import Json
from jobs.scans import Asked, ask_each, chosen_exchanges, scanning_alone

Exchange = Annotated[str | None, typer.Option("--exchange", help="One exchange of the settings.")]


def discover(exchange: Exchange = None, json: Json = False) -> None:
    """Look for new and vanished markets, and for changed rules."""
    settings = read_settings()
    chosen = chosen_exchanges(settings, exchange)
    with bootstrap.database(settings) as database:
        refuse_a_demo(database.url)

        wanted = plans(database.url, settings)

        def look(of: ExchangeSettings) -> Looked:
            with scanning_alone(database.url, of, scan_plan(wanted, of)) as asking:
                return asking.ask(lambda scanner: scanner.discover())

        asked = ask_each(chosen, look)
    if json:
        typer.echo(_document({name: _as_json(found) for name, found in asked.came.items()}, asked))
    else:
        for name, found in asked.came.items():
            typer.echo("\n".join(_told(name, found)))
    raise typer.Exit(1 if asked.failed else 0)


def _document(came: dict[str, dict[str, Any]], asked: Asked[Any]) -> str:
    return json_text.dumps({**came, "failed": asked.failed})


def _as_json(looked: Looked) -> dict[str, Any]:
    return {
        "offered": looked.offered,
        "listed": _pairs(looked, MarketListed),
        "changed": _pairs(looked, MarketRulesChanged),
        "delisted": _pairs(looked, MarketDelisted),
        "not_offered": looked.not_offered,
    }


def _told(name: str, looked: Looked) -> list[str]:
    counts = _as_json(looked)
    lines = [f"{name} offers {looked.offered} spot markets"]
    words = {"listed": "new", "changed": "other rules", "delisted": "gone"}
    for key, word in words.items():
        lines += [f"  {word}: {', '.join(counts[key])}"] if counts[key] else []
    if looked.not_offered:
        lines.append(f"  configured, but not offered: {', '.join(looked.not_offered)}")
    return lines if len(lines) > 1 else [f"{lines[0]}; nothing has changed"]


def _pairs(looked: Looked, kind: type[Fact]) -> list[str]:
    listed = (fact for fact in looked.facts if isinstance(fact, MarketListed | MarketDelisted))
    return [fact.pair for fact in listed if type(fact) is kind]


def revalidate(exchange: Exchange = None, json: Json = False) -> None:
    """Ask again, now, for markets that failed and for the gaps of the last week.

    Exit 1 if any still fails, or an exchange does.
    """
    settings = read_settings()
    chosen = chosen_exchanges(settings, exchange)
    with bootstrap.database(settings) as database:
        refuse_a_demo(database.url)
        wanted = plans(database.url, settings)

        def retry(of: ExchangeSettings) -> Revalidated:
            with scanning_alone(database.url, of, _impatient(wanted, of)) as asking:
                return asking.ask(lambda scanner: scanner.revalidate())

        asked = ask_each(chosen, retry)
    if json:
        typer.echo(_document({name: asdict(each) for name, each in asked.came.items()}, asked))
    else:
        for name, result in asked.came.items():
            typer.echo("\n".join(_said(name, result)))
    failing = any(result.failing for result in asked.came.values())
    raise typer.Exit(1 if failing or asked.failed else 0)


def _said(name: str, result: Revalidated) -> list[str]:
    lines = [f"{series}: well again" for series in result.well]
    lines += [f"{series}: still fails; `papertape doctor` says why" for series in result.failing]
    if result.filled:
        lines.append(f"{name}: {result.filled} candles came into gaps")
    return lines or [f"{name}: nothing fails, and no gap of the last week was filled"]


def _impatient(wanted: Plans, of: ExchangeSettings) -> ScanPlan:
    return replace(scan_plan(wanted, of), closes=False, is_patient=False)
