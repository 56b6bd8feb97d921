"""`papertape doctor`: what is well, what is not, and what to do."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters import bootstrap
from adapters.indicators.engine import versions
from adapters.settings import BadSettings, ExchangeSettings, Settings, read_settings
from application.ports import ExchangeError, ExchangeUnavailable
from jobs.options import Json
from jobs.strategy_health import strategies_health
from projections.exchanges import ExchangeRow, exchanges
from projections.gaps import open_gaps
from projections.queries import Connection
from projections.scans import PeriodRow, newest_periods
from projections.scans_health import ScansHealth, scans_health

LONG_BEHIND = 1_000
CLOCK_SKEW = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True)
class Scanning:
    """What the database knows of scanning: exchanges, each scan as a whole, unfilled outages."""

    exchanges: list[ExchangeRow]
    scans: list[tuple[PeriodRow, ScansHealth]]
    open_gaps: int


def doctor(
    exchanges: bool = typer.Option(True, help="Ask the exchanges for their clocks."),
    json: Json = False,
) -> None:
    """Check settings, database, followers, exchanges and scans. Exit 1 if something is wrong."""
    settings = read_settings()
    findings = [_release()]
    with bootstrap.database(settings) as database, psycopg.connect(database.url) as connection:
        connection.execute("SET timezone = 'UTC'")
        findings += _tapes(connection)
        findings += _strategies(database.url, settings)
        scanning = _scanning(connection)
    findings += _of_scanning(scanning)
    if exchanges:
        findings += [asyncio.run(_clock(each)) for each in settings.exchanges]
    ok = all(finding.ok for finding in findings)
    if json:
        typer.echo(_document(ok, findings, scanning))
    else:
        Console().print(_table(findings))
    raise typer.Exit(0 if ok else 1)


def _release() -> Finding:
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    return Finding("release", True, f"papertape {version('papertape')}; {libraries}")


def _tapes(connection: Connection) -> Iterator[Finding]:
    row = connection.execute("SHOW server_version").fetchone()
    yield Finding("database", True, f"PostgreSQL {row[0] if row else '?'}")
    for what, behind in connection.execute(_BEHIND):
        yield _follower(what, behind)


def _strategies(url: str, settings: Settings) -> Iterator[Finding]:
    """Whether a start would take the settings' strategies, and their files are what trades."""
    with psycopg.connect(url, autocommit=True) as connection:
        for each in strategies_health(connection, settings):
            yield Finding(f"strategy {each.name}", each.ok, each.says)


def _scanning(connection: Connection) -> Scanning:
    scans = [
        (period, scans_health(connection, exchange=period.exchange, timeframe=period.timeframe))
        for period in newest_periods(connection)
    ]
    return Scanning(exchanges(connection), scans, open_gaps(connection))


def _of_scanning(found: Scanning) -> Iterator[Finding]:
    for exchange in found.exchanges:
        yield _answers(exchange)
    for period, scan in found.scans:
        yield from _scan(period, scan)
    if found.open_gaps:
        says = f"{found.open_gaps:,} not filled; `papertape candles gaps` lists them"
        yield Finding("outages", True, says)


def _answers(row: ExchangeRow) -> Finding:
    """Whether an exchange lives and wants to be asked, and what it was asked in vain."""
    attempts = ", ".join(f"{times:,} {kind}" for kind, times in sorted(row.attempts.items()))
    vain = f"in vain in the last hour: {attempts or 'nothing'}"
    what = f"answers of {row.exchange}"
    if row.wait_until is not None:
        says = f"told to wait until {_clock_of(row.wait_until)} ({row.wait_why}); {vain}"
        return Finding(what, False, says)
    if row.stalled:
        says = f"stalled since {_clock_of(row.stalled_since)}: {row.reason}; {vain}"
        return Finding(what, False, says)
    return Finding(what, True, f"newest clock {_clock_of(row.clock)}; {vain}")


def _scan(period: PeriodRow, scan: ScansHealth) -> Iterator[Finding]:
    what = f"scan {period.exchange} {period.timeframe}"
    seen = f"newest period seen {_clock_of(period.seen_at)}"
    states = (f"{count} {state}" for state, count in scan.states.items() if count)
    well = not any(scan.states[state] for state in ("late", "failing", "stalled"))
    yield Finding(what, well, f"{seen}; of {scan.markets} markets {', '.join(states)}")
    for each in scan.worst:
        yield Finding(f"  {each.pair}", each.state == "delisted", each.sentence)
    more = scan.troubled - len(scan.worst)
    if more:
        yield Finding("  and others", well, f"{more} more in trouble; GET /v1/scans names them")


def _clock_of(at: datetime | None) -> str:
    return "unknown" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _document(ok: bool, findings: list[Finding], scanning: Scanning) -> str:
    scans = [{"period": period, "health": health} for period, health in scanning.scans]
    document = {
        "ok": ok,
        "findings": findings,
        "exchanges": scanning.exchanges,
        "scans": scans,
        "open_gaps": scanning.open_gaps,
    }
    return msgspec.json.encode(document).decode()


def _follower(what: str, behind: int) -> Finding:
    if behind < LONG_BEHIND:
        return Finding(what, True, f"{behind} events behind")
    return Finding(what, False, f"{behind} events behind: is `papertape run` running?")


async def _clock(of: ExchangeSettings) -> Finding:
    what = f"exchange {of.name}"
    try:
        exchange = bootstrap.exchange(of)
    except BadSettings as error:
        return Finding(what, False, str(error).removeprefix(f"{what}: "))
    try:
        skew = await exchange.time() / 1000 - time.time()
    except ExchangeUnavailable as error:
        return Finding(what, False, f"{error}; look at the network and its url")
    except ExchangeError as error:
        return Finding(what, False, str(error))
    finally:
        await exchange.close()
    says = f"answers; its clock is {skew:+.1f} s from ours"
    return Finding(what, of.url is not None or abs(skew) < CLOCK_SKEW, says)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False)
    for each in findings:
        mark = "[green]ok[/green]" if each.ok else "[red]look[/red]"
        table.add_row(mark, escape(each.what), escape(each.says))
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
