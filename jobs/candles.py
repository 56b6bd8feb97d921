"""`papertape candles`: candles in from files and exchanges, out to files, and what is there."""

import json as json_text
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from adapters import bootstrap
from adapters.candle_files import BadCandleFile, FileCandles, read_candles
from adapters.postgres.candles import CandleTable
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.purpose import refuse_a_demo
from adapters.settings import read_settings
from application import recording
from application.importing import Importing
from application.recording import Recorded
from domain.candles import Candles, Series
from domain.gaps import holes
from jobs.candle_backfill import backfill
from jobs.candle_export import export
from jobs.candle_options import errors_in_a_line, has_quiet_candles, series_of, wall_clock
from jobs.candle_series import gaps, series
from jobs.options import Json

app = typer.Typer(no_args_is_help=True)
app.command()(backfill)
app.command()(series)
app.command()(gaps)
app.command()(export)


@app.callback()
def candles() -> None:
    """Candles on the tape."""


@app.command("import")
def import_candles(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Parquet or CSV files.")],
    exchange: Annotated[str, typer.Option(help="The exchange they are from, such as binance.")],
    pair: Annotated[str, typer.Option(help="Their pair, such as BTC/USDT.")],
    timeframe: Annotated[str, typer.Option(help="Their timeframe, such as 1h.")],
    quiet_candles: Annotated[
        bool | None,
        typer.Option(
            "--quiet-candles/--no-quiet-candles",
            help="Whether they have candles for periods without a trade; else it is found out.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Import candles: all files are checked before the first is written.

    Files have columns open_time_ms, open, high, low, close, volume. Candles that are on the tape
    already are skipped; those with other numbers are recorded as revised, both stay. Holes that no
    quiet explains are recorded as gaps.
    """
    with errors_in_a_line():
        of, settings = series_of(exchange, pair, timeframe), read_settings()
        given = _read(files, of)
        if quiet_candles is None:
            of_exchange = has_quiet_candles(settings, exchange)
            quiet_candles = _have_quiet(given.candles, of, of_exchange=of_exchange)
        with bootstrap.database(settings) as database:
            refuse_a_demo(database.url)
            imported = import_series(database.url, of, given, quiet_candles=quiet_candles)
    typer.echo(_report(len(files), imported, as_json=json))


def import_series(url: str, of: Series, given: FileCandles, *, quiet_candles: bool) -> Recorded:
    """Import checked candles under a progress bar. Raises ExchangeIsScanned."""
    tape, memory = bootstrap.market_tape(url), MarketMemory(url, of.exchange)
    try:
        with psycopg.connect(url, autocommit=True) as connection, _bar(len(given)) as advance:
            table = CandleTable(connection, of.exchange, of.timeframe)
            recorded_gaps = GapMemory(connection)
            importing = Importing(
                of, tape, memory, table, recorded_gaps, quiet_candles=quiet_candles
            )
            return importing.run(given, advance)
    finally:
        memory.close()
        tape.close()


def _read(files: list[Path], of: Series) -> FileCandles:
    try:
        return read_candles(files, of.frame, wall_clock())
    except BadCandleFile as error:
        reason = f"{error}. Nothing was imported; correct the file and import again"
        raise BadCandleFile(reason) from error


def _have_quiet(given: Candles, of: Series, *, of_exchange: bool) -> bool:
    count = len(holes(given.open_time, of.frame))
    return recording.has_quiet_candles(len(given), count, of_exchange=of_exchange)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = ("Importing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)


def _report(files: int, imported: Recorded, *, as_json: bool) -> str:
    if as_json:
        counts = {"files": files, "candles": imported.candles, **asdict(imported)}
        return json_text.dumps(counts)
    words = (
        f"{imported.candles:,} candles of {files:,} {'file' if files == 1 else 'files'}: "
        f"{imported.written:,} written, {imported.unchanged:,} unchanged, "
        f"{imported.revised:,} revised"
    )
    if imported.gaps or imported.filled:
        words += f"; {imported.gaps:,} gaps found, {imported.filled:,} candles filled others"
    return words
