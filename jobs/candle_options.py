"""What the commands about candles share: which series, which exchange, errors in one line."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import psycopg
import typer
from eventsourcing.persistence import PersistenceError

from adapters.candle_files import BadCandleFile
from adapters.candle_writing import CannotWrite
from adapters.exchanges.traits import known
from adapters.postgres.embedded import EmbeddedPostgresFailed
from adapters.postgres.purpose import IsADemo
from adapters.settings import BadSettings, Settings
from application.backfilling import ExchangeIsBackfilled, NothingHasClosed
from application.importing import ExchangeIsScanned
from application.ports import ExchangeError
from domain.candles import Series
from domain.timeframes import UnknownTimeframe
from jobs.options import time_of

_EXCHANGE = re.compile(r"[^\s/]+")
_PAIR = re.compile(r"[^\s/]+/[^\s/]+")


class BadSeries(ValueError):
    """No series can have this exchange or pair, or there is none on the tape."""


class NoCandlesThere(ValueError):
    """There is no such position on the tape, or no candle in a range."""


BAD_INPUT = (
    BadCandleFile,
    BadSeries,
    BadSettings,
    CannotWrite,
    IsADemo,
    NoCandlesThere,
    NothingHasClosed,
    UnknownTimeframe,
)
FAILED = (
    EmbeddedPostgresFailed,
    ExchangeError,
    ExchangeIsBackfilled,
    ExchangeIsScanned,
    PersistenceError,
    psycopg.Error,
)


Exchange = Annotated[str, typer.Option(help="The exchange, such as binance.")]
Pair = Annotated[str, typer.Option(help="The pair, such as BTC/USDT.")]
TimeframeName = Annotated[str, typer.Option(help="The timeframe, such as 1h.")]
Since = Annotated[
    int | None,
    typer.Option("--from", parser=time_of, metavar="TIME", help="From this open time on."),
]
Until = Annotated[
    int | None,
    typer.Option("--to", parser=time_of, metavar="TIME", help="Up to before this open time."),
]
OfExchange = Annotated[str | None, typer.Option("--exchange", help="Of one exchange.")]
OfPair = Annotated[str | None, typer.Option("--pair", help="Of one pair, such as BTC/USDT.")]
OfTimeframe = Annotated[str | None, typer.Option("--timeframe", help="Of one, such as 1h.")]


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """End with one line: exit status 2 for bad input, 1 for what failed."""
    try:
        yield
    except BAD_INPUT as error:
        _stop(error, status=2)
    except FAILED as error:
        _stop(error, status=1)


def series_of(exchange: str, pair: str, timeframe: str) -> Series:
    """The series that the options name. Raises BadSeries or UnknownTimeframe."""
    if not _EXCHANGE.fullmatch(exchange):
        raise BadSeries(f"{exchange!r} is not the name of an exchange, such as binance")
    if not _PAIR.fullmatch(pair):
        raise BadSeries(f"{pair!r} is not a pair: write base and quote, such as BTC/USDT")
    series = Series(exchange, pair, timeframe)
    assert series.frame.name == timeframe
    return series


def has_quiet_candles(settings: Settings, exchange: str) -> bool:
    """Whether that exchange has candles for periods without a trade, as far as it is known."""
    of = next((each for each in settings.exchanges if each.name == exchange), None)
    if of is None:
        return known(exchange).quiet_candles
    usual = known(of.ccxt_id or of.name).quiet_candles
    return usual if of.quiet_candles is None else of.quiet_candles


def wall_clock() -> int:
    """Our own clock, in ms."""
    return time.time_ns() // 1_000_000


def _stop(error: Exception, *, status: int) -> NoReturn:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    typer.echo(f"papertape: {reason}", err=True)
    raise typer.Exit(status)
