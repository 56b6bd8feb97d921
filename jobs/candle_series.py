"""`papertape candles series` and `gaps`: what is recorded, and what is missing in it."""

import json as json_text
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import psycopg
import typer

from adapters import bootstrap
from adapters.postgres.series import QUIET, JudgedHole, Recordedness, SeriesTable
from adapters.settings import Settings, read_settings
from domain.times import from_ms
from jobs.candle_options import (
    BadSeries,
    OfExchange,
    OfPair,
    OfTimeframe,
    errors_in_a_line,
    has_quiet_candles,
)
from jobs.options import Json

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000))
_HEAD = ("exchange", "pair", "timeframe")


def series(exchange: OfExchange = None, json: Json = False) -> None:
    """Show every series: its candles, first and last, holes, outages among them, revisions."""
    with errors_in_a_line():
        settings = read_settings()
        with _series_table(settings) as table:
            chosen = _recorded(table, exchange)
            rows = [_series_row(each, _missing(table, settings, each)) for each in chosen]
    _show(rows, json=json, none="no candles are recorded")


def gaps(
    exchange: OfExchange = None,
    pair: OfPair = None,
    timeframe: OfTimeframe = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show quiet periods too.")] = False,
    json: Json = False,
) -> None:
    """Show what is missing in the series: outages, and what exchanges do not keep.

    Periods in which nothing was traded are no gaps; they are counted, and shown with --quiet.
    """
    with errors_in_a_line():
        settings = read_settings()
        with _series_table(settings) as table:
            chosen = _recorded(table, exchange, pair, timeframe)
            found = [(each, hole) for each in chosen for hole in _missing(table, settings, each)]
    shown = [_gap_row(*each) for each in found if quiet or each[1].reason != QUIET]
    _show(shown, json=json, none="no gaps")
    unseen = sum(hole.reason == QUIET for _, hole in found) if not quiet else 0
    if unseen and not json:
        typer.echo(f"{unseen:,} quiet {'hole' if unseen == 1 else 'holes'} beside; see --quiet")


def in_words(milliseconds: int) -> str:
    """A duration by its two largest units: `7 days 21 hours`, `45 minutes`."""
    parts = []
    for name, unit in _UNITS:
        count, milliseconds = divmod(milliseconds, unit)
        if count:
            parts.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2])


def moment(milliseconds: int) -> str:
    """A time as it is written everywhere: `2024-03-03T12:00:00Z`."""
    return f"{from_ms(milliseconds):%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def _series_table(settings: Settings) -> Iterator[SeriesTable]:
    with (
        bootstrap.database(settings) as database,
        psycopg.connect(database.url, autocommit=True) as connection,
    ):
        yield SeriesTable(connection)


def _recorded(table: SeriesTable, *options: str | None) -> list[Recordedness]:
    """All series, or those of the options. Raises BadSeries where options name none."""
    chosen = table.recorded(*options)
    named = [each for each in options if each is not None]
    if named and not chosen:
        raise BadSeries(f"no candles of {' '.join(map(_name, named))} are recorded")
    return chosen


def _name(option: str) -> str:
    return option if option.strip() else repr(option)


def _missing(table: SeriesTable, settings: Settings, of: Recordedness) -> list[JudgedHole]:
    quiet_candles = has_quiet_candles(settings, of.series.exchange)
    return table.judged_holes(of, quiet_candles=quiet_candles)


def _series_row(of: Recordedness, missing: Sequence[JudgedHole]) -> dict[str, Any]:
    return {
        **of.series._asdict(),
        "candles": of.candles,
        "first": moment(of.first),
        "last": moment(of.last),
        "holes": of.holes,
        "outages": sum(hole.reason != QUIET for hole in missing),
        "revised": of.revised,
    }


def _gap_row(of: Recordedness, missing: JudgedHole) -> dict[str, Any]:
    since, until, candles = missing.hole
    return {
        **of.series._asdict(),
        "since": moment(since),
        "until": moment(until),
        "candles": candles,
        "duration": in_words(until - since),
        "reason": missing.reason,
    }


def _show(rows: Sequence[dict[str, Any]], *, json: bool, none: str) -> None:
    """One JSON document, or columns under their names, numbers to the right."""
    if json:
        typer.echo(json_text.dumps({"items": rows}))
        return
    if not rows:
        typer.echo(none)
        return
    cells = [[*rows[0]], *([_text(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    is_number = [isinstance(value, int) for value in rows[0].values()]
    for line in cells:
        columns = zip(line, widths, is_number, strict=True)
        padded = (
            f"{text:>{wide}}" if right else f"{text:<{wide}}" for text, wide, right in columns
        )
        typer.echo("  ".join(padded).rstrip())


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
