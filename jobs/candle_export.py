"""`papertape candles export`: candles out to a file that can be imported again."""

import json as json_text
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from adapters import bootstrap
from adapters.candle_writing import check_target, write_candles
from adapters.postgres.candle_blocks import candle_blocks
from adapters.postgres.candles import Connection
from adapters.postgres.gap_memory import GapMemory
from adapters.settings import read_settings
from domain.candles import Candles, Series
from jobs.candle_options import (
    BadSeries,
    Exchange,
    NoCandlesThere,
    Pair,
    Since,
    TimeframeName,
    Until,
    errors_in_a_line,
    series_of,
)
from jobs.candle_series import moment
from jobs.options import Json

_END = 2**62


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .parquet or .csv.")],
    exchange: Exchange,
    pair: Pair,
    timeframe: TimeframeName,
    since: Since = None,
    until: Until = None,
    as_of: Annotated[
        int | None, typer.Option(help="As they were known at this position of the market tape.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    json: Json = False,
) -> None:
    """Export the candles of a series in the form in which they are imported."""
    with errors_in_a_line():
        of, settings = series_of(exchange, pair, timeframe), read_settings()
        check_target(file, overwrite=force)
        with bootstrap.database(settings) as database:
            position = _position(bootstrap.market_head(database.url), as_of)
            with psycopg.connect(database.url, autocommit=True) as connection:
                exported = Exported(connection, of, since or 0, until or _END, position)
                exported.start()
                write_candles(file, exported.blocks())
    typer.echo(exported.report(file, as_json=json))


@dataclass(slots=True)
class Exported:
    """Candles of a range of a series as of a position, read in blocks and counted."""

    connection: Connection
    series: Series
    since: int
    until: int
    as_of: int
    candles: int = 0
    span: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Raises BadSeries or NoCandlesThere if there is nothing to export."""
        if GapMemory(self.connection).next_open(self.series, 0) is None:
            raise BadSeries(f"no candles of {self.series} are recorded; see candles series")
        if next(self._read(), None) is None:
            raise NoCandlesThere(f"{self.series}: there are no candles in that range, as of then")

    def blocks(self) -> Iterator[Candles]:
        """All blocks that hold a candle."""
        for block in self._read():
            self.candles += len(block)
            self.span = [*self.span[:1], *block.open_time[[0, -1]].tolist()]
            yield block

    def report(self, file: Path, *, as_json: bool) -> str:
        """What was written, in words or as JSON."""
        first, last = moment(self.span[0]), moment(self.span[-1])
        if as_json:
            said = {"file": str(file), "candles": self.candles, "first": first, "last": last}
            return json_text.dumps({**said, "as_of": self.as_of})
        return f"{self.candles:,} candles of {self.series}, {first} to {last}, in {file}"

    def _read(self) -> Iterator[Candles]:
        return candle_blocks(self.connection, self.series, self.since, self.until, self.as_of)


def _position(head: int, asked: int | None) -> int:
    if asked is None:
        return head
    if not 0 < asked <= head:
        raise NoCandlesThere(f"there is no position {asked}; the market tape's newest is {head}")
    return asked
