"""What `papertape chart` draws: from the tape or a file, with or without a strategy."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adapters import bootstrap
from adapters.candle_files import read_candles
from adapters.charts.candle_chart import ChartContent, fitting
from adapters.charts.computed import cut_to, history_needed, with_strategy
from adapters.charts.filed import filed_content
from adapters.charts.reading import Connection, history, recorded_candles, recorded_content
from adapters.planning import library
from adapters.settings import Settings
from domain.candles import Candles, Series
from domain.strategies.strategy import Strategy
from jobs.candle_options import has_quiet_candles, wall_clock


class BadChart(ValueError):
    """Options of a chart that contradict each other, or ask for what is not there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The newest `count` candles of a series from `since` on and before `until` (ms).

    As many of them as a chart of that `width` has room for.
    """

    series: Series
    since: int
    until: int
    count: int
    width: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """A strategy, and how many candles lie before one that may signal."""

    strategy: Strategy
    warm_up: int


def chosen(settings: Settings, of: Series, name: str | None, given: Sequence[str]) -> Chosen | None:
    """The strategy of a name, as its file is now, with parameters K=V.

    Raises BadChart, UnknownStrategy, BadParameter, BadStrategy.
    """
    if name is None:
        if given:
            raise BadChart("--param is for a strategy: name one with --strategy")
        return None
    offer = library(settings).offer(name)
    strategy = offer.made(_parameters(given))
    return Chosen(strategy, offer.warm_up(strategy, of.frame))


def from_tape(settings: Settings, wanted: Wanted, of: Chosen | None) -> ChartContent:
    """The series as it is recorded; raises NoSuchSeries, BadChart."""
    asked = {"since": wanted.since, "until": wanted.until, "count": wanted.count}
    with _connection(settings) as connection:
        if of is None:
            return _shown(recorded_content(connection, wanted.series, **asked), wanted)
        content = _shown(recorded_candles(connection, wanted.series, **asked), wanted)
        needed = history_needed(content, of.warm_up)
        before = history(connection, wanted.series, content.end, needed)
    return with_strategy(content, of.strategy, of.warm_up, before)


def from_file(settings: Settings, file: Path, wanted: Wanted, of: Chosen | None) -> ChartContent:
    """The candles of a file; raises BadCandleFile, BadChart."""
    given = read_candles([file], wanted.series.frame, wall_clock()).candles
    content = filed_content(
        wanted.series,
        given,
        since=wanted.since,
        until=wanted.until,
        count=wanted.count,
        quiet_candles=has_quiet_candles(settings, wanted.series.exchange),
    )
    content = _shown(content, wanted)
    if of is None:
        return content
    before = cut_to(_until(given, content.end), history_needed(content, of.warm_up))
    return with_strategy(content, of.strategy, of.warm_up, before)


def _parameters(given: Sequence[str]) -> dict[str, str]:
    parameters = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not key or not equals:
            raise BadChart(f"--param {each!r}: write it as name=value")
        parameters[key] = value
    return parameters


def _shown(content: ChartContent, wanted: Wanted) -> ChartContent:
    if not len(content.candles):
        raise BadChart(f"{wanted.series}: there are no candles in that range")
    return fitting(content, wanted.width)


def _until(candles: Candles, end: int) -> Candles:
    return candles.where(candles.open_time < end)


@contextmanager
def _connection(settings: Settings) -> Iterator[Connection]:
    with (
        bootstrap.database(settings) as database,
        psycopg.connect(database.url, autocommit=True) as connection,
    ):
        yield connection
