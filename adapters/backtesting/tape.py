"""A backtest's candles and rules out of the market tape, as of a position, span by span."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, LiteralString

import psycopg

from adapters.backtesting.fingerprint import Fingerprint
from adapters.backtesting.inputs import Inputs, begin_of, lived_through
from adapters.backtesting.listings import TapeRules, listed
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import BadRequest
from adapters.postgres.candles import CandleTable
from application.backtest import Recorded, Span
from domain.blocks import BLOCK, block_start
from domain.candles import Candles
from domain.markets import chosen
from domain.timeframes import Timeframe
from domain.values import exact

Connection = psycopg.Connection[tuple[Any, ...]]

AT_ONCE = 2_000_000
"""So many candles are in memory at once, or few more: some 100 MB."""

_HEAD: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM market.tape_events"
_SERIES: LiteralString = (
    "SELECT id, pair FROM market.series WHERE exchange = %s AND timeframe = %s ORDER BY pair"
)
_ENDS: LiteralString = """
    SELECT ends.* FROM unnest(%(series)s::int[]) AS s (id) CROSS JOIN LATERAL (
        SELECT (SELECT open_time FROM market.candles WHERE series = s.id
                AND position <= %(as_of)s ORDER BY open_time LIMIT 1),
               (SELECT open_time FROM market.candles WHERE series = s.id
                AND position <= %(as_of)s ORDER BY open_time DESC LIMIT 1)) AS ends (first, last)
    WHERE ends.first IS NOT NULL"""


def head(connection: Connection) -> int:
    """The newest position of the market tape."""
    row = connection.execute(_HEAD).fetchone()
    return 0 if row is None else int(row[0])


def taped(connection: Connection, prepared: Prepared) -> Inputs:
    """The candles of the tape as it is now, read while they are needed; rules as they were.

    Raises BadRequest. `connection` must live as long as the spans are gone through.
    """
    position = head(connection)
    pairs = _pairs(connection, prepared)
    rules = TapeRules(
        prepared, pairs, listed(connection, prepared.request.exchange, pairs, position)
    )
    since, until = lived_through(prepared, *_ends(connection, prepared, pairs, position))
    spans = TapeSpans(connection, prepared, rules, since, until, position)
    recorded = Recorded(prepared.request.exchange, rules.as_of(until), spans)
    return Inputs(recorded, pairs, since, until, spans.fingerprint, position)


@dataclass(frozen=True, slots=True)
class BeforeOnTape:
    """What lies before the candles in memory, as of a position."""

    table: CandleTable
    as_of: int

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        return self.table.extremes(pair, since, until, self.as_of)

    def last(self, pair: str, until: int) -> Decimal | None:
        """The close of the newest candle that opened before `until` (ms)."""
        found = self.table.newest([pair], until - 1, self.as_of, 1)[pair]
        return exact(found.close[-1]) if len(found) else None


class TapeSpans:
    """The spans of a history, each read when it is its turn; they begin with blocks."""

    def __init__(
        self, connection: Connection, prepared: Prepared, rules: TapeRules, since: int,
        until: int, position: int,
    ) -> None:  # fmt: skip
        self.fingerprint = Fingerprint()
        self._prepared = prepared
        self._rules = rules
        self._bounds = list(_bounds(prepared, rules, since, until))
        self._as_of = position
        exchange = prepared.request.exchange
        self._tables = {
            frame: CandleTable(connection, exchange, frame.name) for frame in prepared.frames
        }

    def __len__(self) -> int:
        return len(self._bounds)

    def __iter__(self) -> Iterator[Span]:
        before = {
            frame.name: BeforeOnTape(table, self._as_of) for frame, table in self._tables.items()
        }
        for since, until in self._bounds:
            candles = {frame.name: self._read(frame, since, until) for frame in self._tables}
            self.fingerprint.take(candles)
            delisted = self._rules.listings.as_of(since).delisted
            yield Span(candles, since, until, before, self._rules.as_of(since), delisted)

    def _read(self, frame: Timeframe, since: int, until: int) -> Mapping[str, Candles]:
        table, begin = self._tables[frame], begin_of(self._prepared, frame, since)
        end = until - frame.ms + 1
        return {pair: table.between(pair, begin, end, self._as_of) for pair in self._rules.pairs}


def _bounds(
    prepared: Prepared, rules: TapeRules, since: int, until: int
) -> Iterator[tuple[int, int]]:
    """Where spans begin and end (ms): where listings change, and often enough for `AT_ONCE`."""
    longest = prepared.frames[-1]
    block = BLOCK * longest.ms
    a_block = sum(block // frame.ms for frame in prepared.frames) * len(rules.pairs)
    length = max(1, AT_ONCE // a_block) * block
    for begin, end in pairwise((since, *rules.listings.changes(since, until), until)):
        cuts = range(block_start(begin, longest) + length, end, length)
        yield from pairwise((begin, *cuts, end))


def _pairs(connection: Connection, prepared: Prepared) -> tuple[str, ...]:
    """The pairs that are asked for; raises BadRequest where one has no candles."""
    request = prepared.request
    series = [_of_frame(connection, prepared, frame) for frame in prepared.frames]
    pairs = chosen(request.pairs, set.intersection(*(set(each) for each in series)))
    for pair in request.pairs:
        if pair not in pairs and (not pair.startswith("*/") or not pairs):
            frames = " and ".join(frame.name for frame in prepared.frames)
            raise BadRequest(f"the tape has no candles of {request.exchange} {pair} {frames}")
    return tuple(pairs)


def _of_frame(connection: Connection, prepared: Prepared, frame: Timeframe) -> dict[str, int]:
    rows = connection.execute(_SERIES, [prepared.request.exchange, frame.name])
    return {pair: number for number, pair in rows}


def _ends(
    connection: Connection, prepared: Prepared, pairs: tuple[str, ...], position: int
) -> tuple[int, int]:
    """The first open and the last close (ms) of all series."""
    ends = list[tuple[int, int]]()
    for frame in prepared.frames:
        of_frame = _of_frame(connection, prepared, frame)
        asked = {"series": [of_frame[pair] for pair in pairs], "as_of": position}
        ends += [(first, last + frame.ms) for first, last in connection.execute(_ENDS, asked)]
    if not ends:
        raise BadRequest("there are no candles in that range")
    return min(first for first, _ in ends), max(last for _, last in ends)
