"""`papertape chart`: a picture of a series, of what a strategy says of it, and of its trades."""

import json as json_text
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.candle_writing import CannotWrite, whole
from adapters.charts.candle_chart import (
    NARROWEST,
    WIDEST,
    ChartContent,
    ChartSignal,
    Format,
    Style,
    draw,
)
from adapters.charts.reading import END_OF_TIME, NoSuchSeries
from adapters.settings import read_settings
from adapters.strategies.errors import BadStrategy
from domain.strategies import UnknownStrategy
from domain.strategies.evaluate import StrategyFailed
from domain.strategies.strategy import BadParameter
from jobs.candle_options import (
    Exchange,
    Pair,
    Since,
    TimeframeName,
    Until,
    errors_in_a_line,
    series_of,
)
from jobs.candle_series import moment
from jobs.chart_content import BadChart, Chosen, Wanted, chosen, from_file, from_tape
from jobs.options import Json

_MOST, _USUAL = 1_000, 300
_REFUSED = (BadChart, NoSuchSeries, UnknownStrategy, BadParameter, BadStrategy)


def chart(
    exchange: Exchange,
    pair: Pair,
    timeframe: TimeframeName,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Ends in .png or .svg."),
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="Show what this strategy says, in place of trades.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A parameter of the strategy.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Candles of a file, not of the tape.")
    ] = None,
    since: Since = None,
    until: Until = None,
    candles: Annotated[
        int | None, typer.Option(min=1, max=_MOST, help="So many of the newest of them.")
    ] = None,
    style: Annotated[Style, typer.Option(help="Its colours.")] = "light",
    width: Annotated[int, typer.Option(min=NARROWEST, max=WIDEST, help="In CSS pixels.")] = 900,
    format: Annotated[Format | None, typer.Option(help="Without it, as FILE ends; png.")] = None,
    json: Json = False,
) -> None:
    """Draw the newest candles that fit, into a file or to standard output.

    Out of the tape it shows indicators, trades and orders as they are recorded. With --strategy it
    shows what the strategy would say: its indicators, and its signals with their stops and targets.
    """
    with errors_in_a_line(), _refusals():
        kind = _format(output, format, json=json)
        series, settings = series_of(exchange, pair, timeframe), read_settings()
        count = candles or (_USUAL if since is None else _MOST)
        wanted = Wanted(series, since or 0, until or END_OF_TIME, count, width)
        of = chosen(settings, series, strategy, param or [])
        if data is None:
            content = from_tape(settings, wanted, of)
        else:
            content = from_file(settings, data, wanted, of)
        _write(draw(content, style, kind, width), output)
    if of is not None:
        _say_what_is_missing(content, of)
    if json:
        typer.echo(json_text.dumps(_report(content, output, kind)))


@contextmanager
def _refusals() -> Iterator[None]:
    """End with one line: exit status 2 for bad input, 1 where the strategy's code fails."""
    try:
        yield
    except (*_REFUSED, StrategyFailed) as error:
        typer.echo(f"papertape: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(1 if isinstance(error, StrategyFailed) else 2) from error


def _format(output: Path | None, asked: Format | None, *, json: bool) -> Format:
    """What to draw; raises BadChart where the picture has no place."""
    if output is None:
        if json or sys.stdout.isatty():
            raise BadChart("say where the chart is to go: -o chart.png")
        return asked or "png"
    endings: dict[str, Format] = {".png": "png", ".svg": "svg"}
    ending = endings.get(output.suffix.lower())
    if ending is None or asked not in {None, ending}:
        raise BadChart(f"{output}: it must end in .{asked or 'png or .svg'}")
    if output.is_dir() or not output.parent.is_dir():
        raise CannotWrite(f"{output}: there is no such folder, or it is one")
    return ending


def _write(picture: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(picture)
        return
    with whole(output) as unfinished:
        unfinished.write_bytes(picture)


def _say_what_is_missing(content: ChartContent, of: Chosen) -> None:
    """Why nothing of the strategy is on the chart, if nothing is."""
    if not any(len(line.finite) for line in content.lines):
        words = f"{of.strategy.name} says nothing here: it needs {of.warm_up:,} candles before"
        typer.echo(f"papertape: {words} those that are drawn, without an outage", err=True)


def _report(content: ChartContent, output: Path | None, kind: Format) -> dict[str, Any]:
    """What was drawn, and where it is."""
    return {
        "file": str(output),
        "format": kind,
        "exchange": content.exchange,
        "pair": content.pair,
        "timeframe": content.timeframe,
        "candles": len(content.candles),
        "first": moment(content.begin),
        "last": moment(content.end - content.period),
        "lines": [line.name for line in content.lines],
        "trades": len(content.trades),
        "signals": [_signal(each) for each in content.signals],
    }


def _signal(signal: ChartSignal) -> dict[str, Any]:
    return {
        **asdict(signal),
        "open_time": moment(signal.open_time),
        "moves": [{"at": moment(at), "stop": stop} for at, stop in signal.moves],
    }
