"""`papertape doctor`: what is well, what is not, and what to do."""

import asyncio
import json as json_text
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from adapters import bootstrap
from adapters.indicators.engine import versions
from adapters.settings import ExchangeSettings, Settings, read_settings
from application.ports import ExchangeError
from jobs.options import Json

LONG_BEHIND = 1_000
CLOCK_SKEW = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    says: str


def doctor(
    exchanges: bool = typer.Option(True, help="Ask the exchanges for their clocks."),
    json: Json = False,
) -> None:
    """Check settings, database, tapes, followers and exchanges. Exit 1 if something is wrong."""
    settings = read_settings()
    findings = list(_findings(settings, ask_exchanges=exchanges))
    ok = all(finding.ok for finding in findings)
    if json:
        typer.echo(json_text.dumps({"ok": ok, "findings": [asdict(each) for each in findings]}))
    else:
        Console().print(_table(findings))
    raise typer.Exit(0 if ok else 1)


def _findings(settings: Settings, *, ask_exchanges: bool) -> Iterator[Finding]:
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    yield Finding("release", True, f"papertape {version('papertape')}; {libraries}")
    with bootstrap.database(settings) as database, psycopg.connect(database.url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
        yield Finding("database", True, f"PostgreSQL {row[0] if row else '?'}")
        for what, behind in connection.execute(_BEHIND):
            yield _follower(what, behind)
        for exchange, frame, seen, missing in connection.execute(_PERIODS):
            says = f"newest period seen {seen:%Y-%m-%d %H:%M:%S} UTC, {missing} markets missing"
            yield Finding(f"scan {exchange} {frame}", missing == 0, says)
    if ask_exchanges:
        for each in settings.exchanges:
            yield asyncio.run(_clock(each))


def _follower(what: str, behind: int) -> Finding:
    if behind < LONG_BEHIND:
        return Finding(what, True, f"{behind} events behind")
    return Finding(what, False, f"{behind} events behind: is `papertape run` running?")


async def _clock(of: ExchangeSettings) -> Finding:
    exchange = bootstrap.exchange(of)
    try:
        skew = await exchange.time() / 1000 - time.time()
    except ExchangeError as error:
        return Finding(f"exchange {of.name}", False, f"{error}; look at the network and its url")
    finally:
        await exchange.close()
    says = f"answers; its clock is {skew:+.1f} s from ours"
    return Finding(f"exchange {of.name}", of.url is not None or abs(skew) < CLOCK_SKEW, says)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False)
    for each in findings:
        mark = "[green]ok[/green]" if each.ok else "[red]look[/red]"
        table.add_row(mark, each.what, each.says)
    return table


_BEHIND = """
    SELECT 'trading', greatest(0, coalesce((SELECT max(notification_id) FROM market.tape_events
            WHERE topic <> 'CandleClosed'), 0)
        - coalesce((SELECT notification_id FROM trading.tape_tracking
            WHERE application_name = 'market'), 0))
    UNION ALL
    SELECT 'projection ' || projection, greatest(0, CASE tape
        WHEN 'market' THEN coalesce((SELECT max(notification_id) FROM market.tape_events
            WHERE topic <> 'CandleClosed'), 0)
        ELSE coalesce((SELECT max(notification_id) FROM trading.tape_events), 0) END - position)
    FROM read.positions"""
_PERIODS = """
    SELECT exchange, timeframe, seen_at AT TIME ZONE 'UTC', missing FROM read.periods
    ORDER BY exchange, timeframe"""
