"""`papertape backtest`: a strategy over recorded candles, by the code that trades on paper."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from adapters.backtesting.documents import described, document
from adapters.backtesting.files import filed
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared, prepare
from adapters.backtesting.request import Request
from adapters.backtesting.results import Result, result_of
from adapters.backtesting.running import run
from adapters.strategies.library import Library
from jobs.backtest_outputs import checked
from jobs.backtest_progress import watched
from jobs.garbage import without_collections
from jobs.options import Json, Parameters, parameters_of, time_of

if TYPE_CHECKING:
    import psycopg

CUT_SHORT = 130
"""The exit status after Ctrl-C, as of other programs."""

Strategy = Annotated[str, typer.Option(help="The strategy, by name.")]
Exchange = Annotated[str, typer.Option(help="The exchange, such as binance.")]
Pairs = Annotated[
    list[str],
    typer.Option("--pair", help="A pair such as BTC/USDT, or */USDT; several share the account."),
]
TimeframeName = Annotated[str, typer.Option(help="The strategy's timeframe, such as 1h.")]
Execution = Annotated[
    str | None, typer.Option(help="The candles on which fills are judged, if they are others.")
]
Since = Annotated[
    int | None, typer.Option("--from", parser=time_of, metavar="TIME", help="Trade from then on.")
]
Until = Annotated[
    int | None, typer.Option("--to", parser=time_of, metavar="TIME", help="Trade up to then.")
]
Data = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="A candle file or a data folder, not the tape."),
]
Account = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The account's terms, as in papertape.toml."),
]
Fills = Annotated[
    list[str] | None,
    typer.Option(help="A fill band: plain, optimistic, realistic or pessimistic; or several."),
]
Record = Annotated[bool, typer.Option("--record", help="Keep the run with all its facts.")]
Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a report that stands alone.")
]
Chart = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw the equity, into a .png or .svg.")
]


def backtest(
    strategy: Strategy,
    exchange: Exchange,
    pair: Pairs,
    timeframe: TimeframeName,
    param: Parameters = None,
    execution: Execution = None,
    since: Since = None,
    until: Until = None,
    data: Data = None,
    account: Account = None,
    fills: Fills = None,
    record: Record = False,
    html: Html = None,
    chart: Chart = None,
    json: Json = False,
) -> None:
    """Trade a strategy over recorded candles: what paper trading would have done.

    Ctrl-C ends it with what is done so far, and exit status 130.
    """
    began = time.perf_counter()
    outputs = checked(html, chart)
    request = Request(
        strategy, exchange, tuple(pair), timeframe, parameters_of(param or []), execution,
        since, until, data, account, tuple(fills or ()),
    )  # fmt: skip
    with without_collections():
        with redirect_stdout(sys.stderr):  # strategies may print
            result, kept = _backtest(request, began, record=record)
        outputs.write(result, kept)
        _say(result, kept, json=json)
    raise typer.Exit(_status(result))


def _backtest(request: Request, began: float, *, record: bool) -> tuple[Result, int | None]:
    """Run it; the number under which it is kept."""
    prepared = prepare(request, library_of(request.strategy))
    with ExitStack() as opened:
        is_kept = request.data is None or record
        connection = opened.enter_context(open_database()) if is_kept else None
        began_to_read = time.perf_counter()
        inputs = inputs_of(prepared, connection)
        read = time.perf_counter() - began_to_read
        with watched() as watch:
            ran = run(prepared, inputs, watch)
        ran.seconds["read"] += read
        result = result_of(prepared, inputs, ran)
        result.seconds["total"] = time.perf_counter() - began
        return result, None if connection is None else _keep(connection, result, record=record)


def library_of(strategy: str) -> Library:
    """The strategies at hand, as their files are now; settings are read for those only."""
    plain = Library()
    if plain.installed(strategy) is not None:
        return plain
    from adapters.settings import read_settings  # noqa: PLC0415  # slow

    return Library(read_settings().strategies_folder)


@contextmanager
def open_database() -> Iterator["psycopg.Connection[Any]"]:
    """A connection to the database of the settings."""
    import psycopg  # noqa: PLC0415  # slow, and not needed for files

    from adapters.database import database  # noqa: PLC0415  # the same
    from adapters.settings import read_settings  # noqa: PLC0415  # the same

    with (
        database(read_settings()) as found,
        psycopg.connect(found.url, autocommit=True) as connection,
    ):
        yield connection


def inputs_of(prepared: Prepared, connection: "psycopg.Connection[Any] | None") -> Inputs:
    """The candles and rules of a request, out of its files or of the tape."""
    if prepared.request.data is not None:
        return filed(prepared, prepared.request.data)
    from adapters.backtesting.tape import taped  # noqa: PLC0415  # needs psycopg

    assert connection is not None
    return taped(connection, prepared)


def _keep(connection: "psycopg.Connection[Any]", result: Result, *, record: bool) -> int:
    from adapters.backtesting.keeping import keep  # noqa: PLC0415  # needs psycopg

    return keep(connection, result, facts=record)


def _say(result: Result, kept: int | None, *, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode(document(result, kept)).decode())
        return
    from jobs.backtest_text import show  # noqa: PLC0415  # needs rich

    show(described(result), kept)


def _status(result: Result) -> int:
    if result.cut_short:
        return CUT_SHORT
    return 1 if any(account.failures for account in result.accounts) else 0
