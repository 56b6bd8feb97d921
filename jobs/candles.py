"""`papertape candles`: bring candles in from files."""

import json as json_text
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import psycopg
import typer
from eventsourcing.persistence import PersistenceError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from adapters import bootstrap
from adapters.candle_files import BadCandleFile, FileCandles, read_candles
from adapters.postgres.candles import CandleTable
from adapters.postgres.embedded import EmbeddedPostgresFailed
from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.purpose import IsADemo, refuse_a_demo
from adapters.settings import BadSettings, read_settings
from application.importing import ExchangeIsScanned, Imported, Importing
from domain.candles import Series
from domain.timeframes import UnknownTimeframe
from jobs.options import Json

app = typer.Typer(no_args_is_help=True)

_EXCHANGE = re.compile(r"[^\s/]+")
_PAIR = re.compile(r"[^\s/]+/[^\s/]+")
_DATABASE = (psycopg.Error, PersistenceError, EmbeddedPostgresFailed)


class BadSeries(ValueError):
    """No series can have this exchange or pair."""


@app.callback()
def candles() -> None:
    """Candles on the tape."""


@app.command("import")
def import_candles(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Parquet or CSV files.")],
    exchange: Annotated[str, typer.Option(help="The exchange they are from, such as binance.")],
    pair: Annotated[str, typer.Option(help="Their pair, such as BTC/USDT.")],
    timeframe: Annotated[str, typer.Option(help="Their timeframe, such as 1h.")],
    json: Json = False,
) -> None:
    """Import candles: all files are checked before the first is written.

    Files have columns open_time_ms, open, high, low, close, volume. Candles that are on the tape
    already are skipped; those with other numbers are recorded as revised, both stay.
    """
    try:
        series, settings = _series(exchange, pair, timeframe), read_settings()
        given = read_candles(files, series.frame)
    except (BadSeries, UnknownTimeframe, BadSettings) as error:
        _stop(str(error), status=2)
    except BadCandleFile as error:
        _stop(f"{error}. Nothing was imported; correct the file and import again", status=2)
    try:
        with bootstrap.database(settings) as database:
            refuse_a_demo(database.url)
            imported = import_series(database.url, series, given)
    except IsADemo as error:
        _stop(str(error), status=2)
    except (ExchangeIsScanned, *_DATABASE) as error:
        _stop(str(error).strip().partition("\n")[0] or type(error).__name__, status=1)
    typer.echo(_report(len(files), imported, as_json=json))


def import_series(url: str, series: Series, given: FileCandles) -> Imported:
    """Import checked candles under a progress bar. Raises ExchangeIsScanned."""
    tape, memory = bootstrap.market_tape(url), MarketMemory(url, series.exchange)
    try:
        with psycopg.connect(url, autocommit=True) as connection, _bar(len(given)) as advance:
            recorded = CandleTable(connection, series.exchange, series.timeframe)
            return Importing(series, tape, memory, recorded).run(given, advance)
    finally:
        memory.close()
        tape.close()


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = ("Importing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)


def _series(exchange: str, pair: str, timeframe: str) -> Series:
    """The series that the options name. Raises BadSeries or UnknownTimeframe."""
    if not _EXCHANGE.fullmatch(exchange):
        raise BadSeries(f"{exchange!r} is not the name of an exchange, such as binance")
    if not _PAIR.fullmatch(pair):
        raise BadSeries(f"{pair!r} is not a pair: write base and quote, such as BTC/USDT")
    series = Series(exchange, pair, timeframe)
    assert series.frame.name == timeframe
    return series


def _report(files: int, imported: Imported, *, as_json: bool) -> str:
    if as_json:
        counts = {"files": files, "candles": imported.candles, **asdict(imported)}
        return json_text.dumps(counts)
    return (
        f"{imported.candles:,} candles of {files:,} {'file' if files == 1 else 'files'}: "
        f"{imported.written:,} written, {imported.unchanged:,} unchanged, "
        f"{imported.revised:,} revised"
    )


def _stop(reason: str, *, status: int) -> NoReturn:
    typer.echo(f"papertape: {reason}", err=True)
    raise typer.Exit(status)
