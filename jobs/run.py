"""`demo`, `run` and its parts: `serve`, `project`, `scan`."""

import json as json_text
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from adapters import bootstrap
from adapters.planning import plans, scan_plan, timeframes
from adapters.postgres.purpose import refuse_a_demo
from adapters.settings import BadSettings, ExchangeSettings, Settings, read_settings
from application.scanning import ScanPlan, Universe
from domain.timeframes import UnknownTimeframe
from domain.timeframes import timeframe as timeframe_of
from jobs.demo import as_json, plan_demo, run_to_the_end, running_demo
from jobs.narrator import narrate
from jobs.options import Json, Moment, Port
from jobs.scans import ask_each, chosen_exchanges, scanning_alone
from jobs.serving import address, open_port, serve_beside, serve_until_stopped
from jobs.stack import Stack
from jobs.starting import plans_at_start

SHOW_SPEED = 60.0
errors = Console(stderr=True)


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Folder of candles; without it they are simulated.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.001, help="How much faster than ours the exchange's clock runs.")
    ] = SHOW_SPEED,
    port: Port = None,
    start: Moment = None,
    candles: Annotated[
        int | None, typer.Option(min=1, help="Periods to live through; default: 1,000 of a folder.")
    ] = None,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done", help="In lockstep, then print what the tapes hold.")
    ] = False,
    jitter: Annotated[
        float, typer.Option(min=0, help="Delay answers by chance, up to so many ms: any order.")
    ] = 0.0,
    json: Json = False,
) -> None:
    """Show the whole bot at work on the sandbox exchange: no account, no network, no keys."""
    settings = read_settings()
    if exit_when_done:
        _demo_to_the_end(settings, data, start, candles or 1_000, jitter, json=json)
        return
    plan = plan_demo(data, start, candles, speed, jitter)
    listener = open_port(settings.host, settings.port if port is None else port)
    errors.print("[bold]Papertape[/bold] starts: Postgres, the sandbox exchange, the bot ...")
    with listener, running_demo(plan, settings) as (stack, url):
        errors.print(f"See it at [bold]{address(listener)}[/bold] - stop with Ctrl-C.")
        stack.add("narrating", lambda: narrate(url, stack.stop))
        serve_beside(stack, url, listener)


def _demo_to_the_end(
    settings: Settings,
    data: Path | None,
    start: int | None,
    candles: int,
    jitter: float,
    *,
    json: bool,
) -> None:
    plan = plan_demo(data, start, candles, None, jitter)
    bar = (TextColumn("periods"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    columns = (*bar, TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as progress:
        task = progress.add_task("periods", total=None)
        report = run_to_the_end(
            plan, settings, lambda done, all_: progress.update(task, completed=done, total=all_)
        )
    if json:
        typer.echo(as_json(report))
        return
    typer.echo(f"{report.markets} markets, {report.candles} candles")
    for topic, count in report.events.items():
        typer.echo(f"{count:>10}  {topic}")
    typer.echo(f"trades: {report.trades['open']} open, {report.trades['closed']} closed")
    typer.echo(f"market tape   {report.market_tape_hash}")
    typer.echo(f"trading tape  {report.trading_tape_hash}")


def run(port: Port = None) -> None:
    """Scan, trade, project and serve, on the configured exchanges."""
    settings = read_settings()
    listener = open_port(settings.host, settings.port if port is None else port)
    with listener, bootstrap.database(settings) as database:
        refuse_a_demo(database.url)
        wanted = plans_at_start(database.url, settings)
        with Stack(database) as stack:
            stack.keep_database()
            stack.scan(settings.exchanges, wanted)
            stack.trade(wanted)
            stack.project()
            errors.print(f"Papertape runs; see {address(listener)} - stop with Ctrl-C.")
            serve_beside(stack, database.url, listener)


def serve(port: Port = None) -> None:
    """Serve REST, order feed and pages alone."""
    settings = read_settings()
    listener = open_port(settings.host, settings.port if port is None else port)
    with listener, bootstrap.database(settings) as database:
        errors.print(f"Papertape serves at {address(listener)} - stop with Ctrl-C.")
        serve_until_stopped(database.url, listener, Event())


def project() -> None:
    """Project the tapes into the read models alone, as the one that leads."""
    settings = read_settings()
    with bootstrap.database(settings) as database, Stack(database) as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stack.stop.set())
        stack.keep_database()
        stack.project()
        errors.print("Papertape projects - stop with Ctrl-C.")
        stack.stop.wait()


def scan(
    exchange: Annotated[str | None, typer.Option(help="One exchange of the settings.")] = None,
    pair: Annotated[list[str] | None, typer.Option(help="Some of its pairs.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="One timeframe.")] = None,
    json: Json = False,
) -> None:
    """Scan once, for cron: bring the tape up to the exchange's clock."""
    settings = read_settings()
    _check_timeframe(timeframe)
    chosen = chosen_exchanges(settings, exchange)
    for each in chosen:
        _refuse_unused(settings, each, pair or [], timeframe)
    with bootstrap.database(settings) as database:
        refuse_a_demo(database.url)
        wanted = plans(database.url, settings)
        before = bootstrap.market_head(database.url)

        def scan_one(of: ExchangeSettings) -> None:
            plan = _narrowed(scan_plan(wanted, of), pair, timeframe)
            with scanning_alone(database.url, of, plan) as asking:
                asking.ask(lambda scanner: scanner.run())

        asked = ask_each(chosen, scan_one)
        written = bootstrap.market_head(database.url) - before
    if json:
        typer.echo(json_text.dumps({"written": written, "failed": asked.failed}))
    elif asked.came:
        typer.echo(f"{written} facts written")
    raise typer.Exit(1 if asked.failed else 0)


def _check_timeframe(name: str | None) -> None:
    try:
        timeframe_of(name or "1h")
    except UnknownTimeframe as error:
        raise BadSettings(str(error)) from error


def _refuse_unused(
    settings: Settings, of: ExchangeSettings, pairs: list[str], timeframe: str | None
) -> None:
    """Raises BadSettings for a pair or timeframe that is not scanned."""
    used = timeframes(settings, of)
    if timeframe not in {None, *used}:
        in_use = ", ".join(sorted(used, key=lambda name: timeframe_of(name).ms))
        raise BadSettings(
            f"timeframe {timeframe}: no account on {of.name} uses it; in use: {in_use}"
        )
    for pair in sorted(pairs):
        if not of.may_scan(pair):
            raise BadSettings(
                f"pair {pair}: not configured for {of.name}: "
                "add it to its pairs, or its currency to its quotes"
            )


def _narrowed(plan: ScanPlan, pairs: list[str] | None, timeframe: str | None) -> ScanPlan:
    """A part of a plan; of several timeframes one stays open, for they close in order."""
    if timeframe is not None:
        closes = len(plan.warm_up) == 1
        plan = replace(plan, warm_up={timeframe: plan.warm_up[timeframe]}, closes=closes)
    if not pairs:
        return plan
    return replace(plan, universe=Universe(tuple(sorted(set(pairs)))), closes=False)
