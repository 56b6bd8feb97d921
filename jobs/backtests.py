"""`papertape backtests`: those that are kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.backtesting.request import BadRequest
from adapters.database import database
from adapters.postgres.runs import RunRow, run, runs
from adapters.settings import read_settings
from jobs.backtest_text import show as show_text
from jobs.options import Json

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_backtests(
    strategy: Annotated[str | None, typer.Option(help="Of one strategy.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many of the newest.")] = 50,
    json: Json = False,
) -> None:
    """The newest backtests that are kept."""
    with _connection() as connection:
        found = runs(connection, strategy=strategy, limit=limit)
    if json:
        typer.echo(msgspec.json.encode({"items": found, "next": None}).decode())
    else:
        Console(highlight=False).print(_table(found) if found else "No backtest is kept yet.")


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number.")], json: Json = False
) -> None:
    """A backtest that is kept: what it gave, and what gives it again."""
    with _connection() as connection:
        found = run(connection, number)
    if found is None:
        raise BadRequest(f"no backtest {number} is kept; `papertape backtests list` shows them")
    if json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show_text(asdict(found), None)


@contextmanager
def _connection() -> Iterator[psycopg.Connection[Any]]:
    with (
        database(read_settings()) as found,
        psycopg.connect(found.url, autocommit=True) as connection,
    ):
        connection.execute("SET timezone = 'UTC'")
        yield connection


def _table(rows: Sequence[RunRow]) -> Table:
    table = Table(box=None)
    for title in ("id", "kept at", "strategy", "markets", "timeframe", "span", "account"):
        table.add_column(title, justify="right" if title == "id" else "left")
    for title in ("equity", "return", "trades"):
        table.add_column(title, justify="right")
    for row in rows:
        for number, account in enumerate(row.accounts):
            first = _run_cells(row) if number == 0 else [""] * 6
            table.add_row(*first, *_account_cells(account))
    return table


def _run_cells(row: RunRow) -> list[str]:
    pairs = row.pairs[0] if len(row.pairs) == 1 else f"{len(row.pairs)} markets"
    span = f"{row.since:%Y-%m-%d} to {row.until:%Y-%m-%d}"
    names = [str(row.id), f"{row.at:%Y-%m-%d %H:%M}", row.strategy]
    return [*map(escape, (*names, f"{row.exchange} {pairs}", row.timeframe, span))]


def _account_cells(account: dict[str, Any]) -> list[str]:
    share = account["metrics"]["total_return"]
    return [
        escape(account["name"]),
        f"{Decimal(account['equity']):,.2f}",
        "-" if share is None else f"{share:+.2%}",
        f"{account['trades']:,}",
    ]
