"""Where bars come from: a series on the tape, or candles that are at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict

from adapters.backtrader.span import Span
from adapters.postgres.candle_blocks import candle_blocks
from domain.candles import Candles, Series

_LISTED = 20
_US = "papertape backtrader"
_HEAD: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM market.tape_events"
_KNOWN: LiteralString = (
    "SELECT exchange, pair, timeframe FROM market.series ORDER BY exchange, pair, timeframe"
)


class NoSuchCandles(LookupError):
    """No such series is recorded, or no candle of it in that range, as of that position."""


class NoTape(ConnectionError):
    """There is no database at that address, or it holds no tape."""


class Source(Protocol):
    """Candles of one series, oldest first."""

    def blocks(self) -> Iterator[Candles]:
        """All of them, a part at a time; again from the first each time that it is asked."""
        ...


@dataclass(frozen=True, slots=True)
class GivenCandles:
    """Candles in memory."""

    candles: Candles

    @classmethod
    def of(cls, candles: Candles, span: Span) -> "GivenCandles":
        """Those in that span. Raises NoSuchCandles if there are none."""
        times = candles.open_time
        chosen = candles.where((times >= span.since) & (times < span.until))
        if not len(chosen):
            raise NoSuchCandles(f"Of the given candles there are none {span}.")
        return cls(chosen)

    def blocks(self) -> Iterator[Candles]:
        """They are one block."""
        yield self.candles


@dataclass(frozen=True, slots=True)
class RecordedCandles:
    """A series of the candle table as of a position; `url` None: the settings' database."""

    url: str | None
    series: Series
    span: Span
    as_of: int

    @classmethod
    def of(
        cls, url: str | None, series: Series, span: Span, as_of: int | None
    ) -> "RecordedCandles":
        """As of now, if no position is given. Raises NoSuchCandles, NoTape, ValueError."""
        with _connected(url) as connection:
            (head,) = connection.execute(_HEAD).fetchall()[0]
            if as_of is not None and not 0 < as_of <= head:
                raise ValueError(f"as_of: there is no position {as_of}; the newest is {head}")
            found = cls(url, series, span, head if as_of is None else as_of)
            if found._block(connection, span.since) is None:
                raise NoSuchCandles(_why_none(connection, found))
        return found

    def blocks(self) -> Iterator[Candles]:
        """Each is read through a connection of its own: a run that breaks off leaves none open."""
        since: int = self.span.since
        while (block := self._next(since)) is not None:
            yield block
            since = int(block.open_time[-1]) + 1

    def _next(self, since: int) -> Candles | None:
        with _connected(self.url) as connection:
            return self._block(connection, since)

    def _block(self, connection: psycopg.Connection[Any], since: int) -> Candles | None:
        """The first block from then on that holds a candle, as of the position."""
        blocks = candle_blocks(connection, self.series, since, self.span.until, self.as_of)
        return next(blocks, None)


@contextmanager
def _connected(url: str | None) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the tape; an embedded server is started, or joined, and left again."""
    with _address(url) as address:
        try:
            with psycopg.connect(address, autocommit=True, application_name=_US) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable) as error:
            reason = str(error).strip().partition("\n")[0]
            raise NoTape(
                f"{NoTape.__doc__} `papertape db url` prints where it is. ({reason})"
            ) from error


@contextmanager
def _address(url: str | None) -> Iterator[str]:
    if url is not None:
        yield _checked(url)
        return
    from adapters import bootstrap  # noqa: PLC0415  # it knows every class; a given url needs none
    from adapters.settings import read_settings  # noqa: PLC0415  # nor pydantic

    with bootstrap.database(read_settings()) as database:
        yield database.url


def _checked(url: str) -> str:
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # it may hold a password: not repeated
        raise ValueError(
            "url: it is neither postgresql://user@host/name nor key=value pairs"
        ) from None
    return url


def _why_none(connection: psycopg.Connection[Any], wanted: RecordedCandles) -> str:
    """Which series are there instead, or that the range is empty."""
    known = [Series(*row) for row in connection.execute(_KNOWN)]
    if wanted.series in known:
        return f"{wanted.series}: there are no candles {wanted.span}, as of {wanted.as_of}."
    listed = "; ".join(str(each) for each in known[:_LISTED]) or "nothing"
    more = f"; and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"No candles of {wanted.series} are recorded. Recorded: {listed}{more}."
