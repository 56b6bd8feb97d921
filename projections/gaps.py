"""Gaps: holes in series that no quiet explains, and what of them has been filled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import class_row, dict_row
from psycopg.sql import SQL

from projections.page import Cursor, Page, Step
from projections.queries import Connection, equals, where


@dataclass(frozen=True, slots=True)
class Span:
    """Candles that open from `since` on, before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap of `candles` candles, of which `filled` came later; `filled_at` once all have.

    `reason` is `outage`, or `out of reach` where the exchange keeps only newer ones.
    """

    exchange: str
    timeframe: str
    pair: str
    since: datetime
    until: datetime
    candles: int
    reason: str
    found_at: datetime
    filled: int
    filled_at: datetime | None
    still_missing: list[Span]
    position: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What a series lacks: `candles` in `gaps` open gaps, and the one that lacks most."""

    exchange: str
    timeframe: str
    pair: str
    candles: int
    gaps: int
    since: datetime
    until: datetime
    reason: str


class SeriesKey(NamedTuple):
    """A series as the read models are keyed."""

    exchange: str
    timeframe: str
    pair: str


def project(cursor: Cursor, page: Page) -> None:
    """Open gaps, and take out of them what came."""
    page.run(cursor, _STEPS)


_FACTS: LiteralString = """
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        exchange text, timeframe text, pair text, since timestamptz, until timestamptz,
        candles int, reason text, at timestamptz, position bigint)"""
_FOUND: LiteralString = f"""
    INSERT INTO read.gaps
    SELECT exchange, timeframe, pair, since, until, candles, reason, at, 0,
        tstzmultirange(tstzrange(since, until)), NULL, position {_FACTS}"""
_FILLED: LiteralString = f"""
    WITH came AS (
        SELECT g.position, range_agg(tstzrange(f.since, f.until)) AS candles,
            (array_agg(f.at ORDER BY f.position DESC))[1] AS at
        FROM (SELECT * {_FACTS}) AS f JOIN read.gaps AS g
        ON g.exchange = f.exchange AND g.timeframe = f.timeframe AND g.pair = f.pair
            AND g.filled_at IS NULL AND g.position < f.position
            AND g.missing && tstzrange(f.since, f.until)
        GROUP BY g.position),
    rest AS (
        SELECT g.position, g.missing - came.candles AS missing, came.at
        FROM came JOIN read.gaps AS g USING (position)),
    counted AS (
        SELECT position, missing, at, (
            SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)
            FROM unnest(missing) AS r) AS seconds
        FROM rest)
    UPDATE read.gaps AS g
    SET missing = c.missing, filled_at = CASE WHEN isempty(c.missing) THEN c.at END,
        filled = g.candles - (c.seconds / extract(epoch FROM g.timeframe::interval))::int
    FROM counted AS c WHERE g.position = c.position"""
_STEPS = (Step(("GapFound",), _FOUND), Step(("GapFilled",), _FILLED))


def gaps(
    connection: Connection,
    *,
    exchange: str | None = None,
    timeframe: str | None = None,
    pair: str | None = None,
    filled: bool = False,
    after: int | None = None,
    limit: int,
) -> list[GapRow]:
    """Gaps, the last found first: the open ones, or with `filled` all."""
    wanted = {"exchange": exchange, "timeframe": timeframe, "pair": pair}
    wishes = {column: value for column, value in wanted.items() if value is not None}
    conditions = [equals(column) for column in wishes]
    conditions += [] if filled else [SQL("filled_at IS NULL")]
    conditions += [] if after is None else [SQL("position < %(after)s")]
    query = SQL("SELECT * FROM read.gaps {} ORDER BY position DESC LIMIT %(limit)s")
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query.format(where(conditions)), {**wishes, "after": after, "limit": limit})
        return [_row(**columns) for columns in cursor]


def open_gaps(connection: Connection) -> int:
    """How many gaps are not filled."""
    row = connection.execute(_COUNT).fetchone()
    assert row is not None
    return int(row[0])


def lacks(connection: Connection, of: Iterable[SeriesKey]) -> dict[SeriesKey, Lack]:
    """What each of these series lacks; those that lack nothing are left out."""
    keys = list(of)
    with connection.cursor(row_factory=class_row(Lack)) as cursor:
        rows = cursor.execute(_LACKS, [[key[column] for key in keys] for column in range(3)])
        return {SeriesKey(row.exchange, row.timeframe, row.pair): row for row in rows}


def _row(missing: Iterable[Any], **columns: Any) -> GapRow:
    return GapRow(still_missing=[Span(each.lower, each.upper) for each in missing], **columns)


_COUNT: LiteralString = "SELECT count(*) FROM read.gaps WHERE filled_at IS NULL"
_LACKS: LiteralString = """
    SELECT exchange, timeframe, pair, sum(candles - filled)::bigint AS candles, count(*) AS gaps,
        (array_agg(since ORDER BY candles - filled DESC, position))[1] AS since,
        (array_agg(until ORDER BY candles - filled DESC, position))[1] AS until,
        (array_agg(reason ORDER BY candles - filled DESC, position))[1] AS reason
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS k(exchange, timeframe, pair)
    JOIN read.gaps USING (exchange, timeframe, pair)
    WHERE filled_at IS NULL GROUP BY exchange, timeframe, pair"""
