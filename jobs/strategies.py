"""`strategies`: which there are, whether one may trade, and letting it trade."""

from pathlib import Path
from typing import Annotated

import msgspec
import psycopg
import typer
from rich.console import Console

from adapters import bootstrap
from adapters.candle_files import read_candles
from adapters.planning import library, uses
from adapters.postgres.purpose import refuse_a_demo
from adapters.settings import BadSettings, read_settings
from adapters.strategies.deploying import Use
from adapters.strategies.discovery import offers_of
from adapters.strategies.offers import Offer
from domain.strategies.checking import CheckSeries
from domain.timeframes import Timeframe
from domain.timeframes import timeframe as timeframe_of
from jobs.candle_options import wall_clock
from jobs.options import By, Json, Parameters, parameters_of, who
from jobs.strategy_checks import Verdict, quiet_on_standard_output, shown, verdicts
from jobs.strategy_deploying import deployed, refuse_needless, told
from jobs.strategy_list import document, listed, picture

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_strategies(json: Json = False) -> None:
    """Which strategies there are: built in, of packages, in files. Exit 1 if one is broken."""
    settings = read_settings()
    with quiet_on_standard_output():
        found = listed(settings)
    if json:
        typer.echo(document(found))
    else:
        Console(highlight=False).print(picture(found))
    raise typer.Exit(1 if found.broken else 0)


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file, a package, or a name.")],
    param: Parameters = None,
    timeframe: Annotated[str, typer.Option(help="The candles that it is for.")] = "1h",
    data: Annotated[
        list[Path] | None, typer.Option(help="A file of such candles, to check on besides.")
    ] = None,
    json: Json = False,
) -> None:
    """Whether the strategies of a file may trade. Exit 1 if one is refused."""
    frame = timeframe_of(timeframe)
    use = Use(frame, parameters_of(param or []))
    recorded = [_series(path, frame) for path in data or []]
    with quiet_on_standard_output():
        offers = _offers(file)
    found = verdicts([(offer, [use]) for offer in offers], recorded)
    _say(found, json=json)


@app.command()
def deploy(
    name: Annotated[str, typer.Argument(help="The strategy's name.")],
    by: By = None,
    json: Json = False,
) -> None:
    """Let a strategy trade as its file is now, from the next start on. Exit 1 if it is refused."""
    settings = read_settings()
    with bootstrap.database(settings) as database:
        refuse_a_demo(database.url)
        with psycopg.connect(database.url, autocommit=True) as connection:
            with quiet_on_standard_output():
                offer = library(settings).newest(name)
            refuse_needless(connection, offer)
            found = verdicts([(offer, uses(settings, name))])
            if not all(each.ok for each in found):
                _say(found, json=json)
            done = deployed(connection, settings, offer, found, who(by))
    if json:
        typer.echo(msgspec.json.encode(done).decode())
    else:
        Console(highlight=False).print(*told(done), sep="\n")


def _offers(file: str) -> list[Offer]:
    """The strategies of a file, or the one of a name."""
    path = Path(file)
    if path.exists():
        return offers_of(path)
    if path.suffix == ".py" or path.name != file:
        raise BadSettings(f"there is no file {file}")
    return [library(read_settings()).newest(file)]


def _series(path: Path, frame: Timeframe) -> CheckSeries:
    return CheckSeries(path.name, read_candles([path], frame, wall_clock()).candles)


def _say(found: list[Verdict], *, json: bool) -> None:
    """Say what came of checks, and end."""
    ok = all(each.ok for each in found)
    if json:
        typer.echo(msgspec.json.encode({"ok": ok, "checked": found}).decode())
    else:
        Console(highlight=False).print(*map(shown, found), sep="\n")
    raise typer.Exit(0 if ok else 1)
