"""`papertape candles backfill`: years of history from an exchange onto the tape."""

import asyncio
import json as json_text
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any

import psycopg
import typer

from adapters import bootstrap
from adapters.planning import timeframes as scanned_timeframes
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.backfills import Backfills
from adapters.postgres.budgets import PostgresBudget
from adapters.postgres.candles import CandleTable
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.purpose import refuse_a_demo
from adapters.settings import BadSettings, ExchangeSettings, Settings, read_settings
from application.backfilling import Backfilled, Backfilling
from application.ports import AttemptLog, Exchange
from application.recording import Recorded, Recording
from domain.candles import Series
from jobs.candle_options import NoCandlesThere, errors_in_a_line, series_of
from jobs.candle_series import moment
from jobs.candle_watch import Watch
from jobs.options import Json, time_of

SHOWN = 5
"""Candles that cannot be, of which the reasons are shown."""


def backfill(
    exchange: Annotated[str, typer.Option(help="One of the configured exchanges.")],
    since: Annotated[
        int, typer.Option(parser=time_of, metavar="TIME", help="As 2017-08-01, or milliseconds.")
    ],
    until: Annotated[
        int | None, typer.Option(parser=time_of, metavar="TIME", help="Default: up to now.")
    ] = None,
    pair: Annotated[list[str] | None, typer.Option(help="A pair; default: all listed.")] = None,
    timeframe: Annotated[
        list[str] | None, typer.Option(help="A timeframe; default: those of the accounts.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read anew, to find what the exchange has restated.")
    ] = False,
    json: Json = False,
) -> None:
    """Download the history of markets from an exchange, oldest first.

    What is on the tape already is compared. One that was stopped goes on when it is started again.
    Only closed candles are taken, until the newest one if --until does not say otherwise.
    """
    with errors_in_a_line():
        settings = read_settings()
        of = _configured(settings, exchange)
        if until is not None and until <= since:
            raise NoCandlesThere("--until is not later than --since: there is nothing to read")
        watch = Watch()
        with bootstrap.database(settings) as database, watch.bars():
            refuse_a_demo(database.url)
            wanted = _wanted(database.url, settings, of, pair, timeframe)
            span = (since, until)
            try:
                done = asyncio.run(_run(database.url, of, wanted, span, watch, again=again))
            except KeyboardInterrupt:
                words = f"stopped. {watch.candles:,} candles are kept; the same again goes on there"
                typer.echo(f"papertape: {words}", err=True)
                raise typer.Exit(130) from None
    typer.echo(_as_json(done, watch.seconds) if json else _in_words(done, of.name))
    raise typer.Exit(1 if any(each.error for each in done) else 0)


def _configured(settings: Settings, exchange: str) -> ExchangeSettings:
    for each in settings.exchanges:
        if each.name == exchange:
            return each
    names = ", ".join(each.name for each in settings.exchanges)
    raise BadSettings(f"exchange {exchange}: not among the configured ones: {names}")


def _wanted(
    url: str,
    settings: Settings,
    of: ExchangeSettings,
    pairs: Sequence[str] | None,
    timeframes: Sequence[str] | None,
) -> list[Series]:
    """The series that are asked for, or those of all listed or configured pairs."""
    pairs = pairs or _listed(url, of.name) or of.pairs
    if not pairs:
        raise BadSettings(f"{of.name}: no market is listed yet; say which with --pair")
    names = timeframes or scanned_timeframes(settings, of)
    chosen = {series_of(of.name, pair, name): None for name in names for pair in sorted(pairs)}
    return list(chosen)


def _listed(url: str, exchange: str) -> list[str]:
    backfills = Backfills(url, exchange)
    try:
        return backfills.listed()
    finally:
        backfills.close()


async def _run(
    url: str,
    of: ExchangeSettings,
    wanted: Sequence[Series],
    span: tuple[int, int | None],
    watch: Watch,
    *,
    again: bool,
) -> list[Backfilled]:
    with ExitStack() as opened:
        log = AttemptTable(url, of.name)
        opened.callback(log.close)
        exchange = bootstrap.exchange(of, PostgresBudget(url, of.name))
        try:
            return await backfilled(url, exchange, wanted, span, watch, again=again, log=log)
        finally:
            await exchange.close()


async def backfilled(
    url: str,
    exchange: Exchange,
    wanted: Sequence[Series],
    span: tuple[int, int | None],
    watch: Watch,
    *,
    again: bool = False,
    log: AttemptLog | None = None,
) -> list[Backfilled]:
    """Backfill series of an exchange onto the tape of a database. Raises as Backfilling does."""
    with ExitStack() as opened:
        tape, memory = bootstrap.market_tape(url), Backfills(url, exchange.name)
        opened.callback(tape.close)
        opened.callback(memory.close)
        connection = opened.enter_context(psycopg.connect(url, autocommit=True))
        gaps, quiet_candles = GapMemory(connection), exchange.traits.quiet_candles

        def record(series: Series, since: int, reach: int) -> Recording:
            table = CandleTable(connection, series.exchange, series.timeframe)
            return Recording(
                series, tape, table, gaps, since, quiet_candles=quiet_candles, reach=reach
            )

        backfilling = Backfilling(exchange, memory, record, again=again, attempts=log)
        return await backfilling.run(wanted, *span, watch)


def _as_json(done: Sequence[Backfilled], seconds: float) -> str:
    total = sum((each.recorded for each in done), Recorded())
    failed = sum(each.error is not None for each in done)
    counts = {"candles": total.candles, **asdict(total)}
    counts["refused"] = sum(len(each.refused) for each in done)
    rows = [_row(each) for each in done]
    said: dict[str, Any] = {"items": rows, **counts, "failed": failed, "seconds": round(seconds, 3)}
    return json_text.dumps(said)


def _row(of: Backfilled) -> dict[str, Any]:
    return {
        **of.series._asdict(),
        "since": moment(of.since),
        "until": moment(of.until),
        "read_from": moment(of.read_from),
        "reaches_back_to": moment(of.reach) if of.reach else None,
        "candles": of.recorded.candles,
        **asdict(of.recorded),
        "refused": list(of.refused),
        "error": of.error,
    }


def _in_words(done: Sequence[Backfilled], exchange: str) -> str:
    return "\n".join(line for each in done for line in _lines(each, exchange))


def _lines(of: Backfilled, exchange: str) -> Iterator[str]:
    counts = of.recorded
    name = f"{of.series.pair} {of.series.timeframe}"
    yield (
        f"{name}: {counts.candles:,} candles from {moment(of.read_from)} to {moment(of.until)}: "
        f"{counts.written:,} written, {counts.unchanged:,} unchanged, {counts.revised:,} revised, "
        f"{counts.gaps:,} gaps found, {counts.filled:,} filled"
    )
    if of.reach:
        frame = of.series.timeframe
        yield f"  {exchange} keeps no older candles of {frame} than {moment(of.reach)}"
    if of.refused:
        yield f"  {len(of.refused):,} candles cannot be and were left out, such as:"
        yield from (f"    {reason}" for reason in of.refused[:SHOWN])
    if of.error:
        advice = ", start again to go on" if of.may_go_on else ""
        yield f"  failed{advice}: {of.error}"
