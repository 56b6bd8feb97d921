"""What the candle table holds of each series, and the holes in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import psycopg

from adapters.postgres.gap_memory import GapMemory
from application.recording import has_quiet_candles
from domain.candles import Series, Times
from domain.gaps import Hole, outages
from domain.times import to_ms

QUIET = "quiet"
OUTAGE = "outage"

_CHOSEN: LiteralString = """
    SELECT id, exchange, pair, timeframe FROM market.series
    WHERE (%(exchange)s::text IS NULL OR exchange = %(exchange)s)
        AND (%(pair)s::text IS NULL OR pair = %(pair)s)
        AND (%(timeframe)s::text IS NULL OR timeframe = %(timeframe)s)
    ORDER BY exchange, pair, timeframe"""
_FOLLOWED: LiteralString = """
    SELECT open_time, superseded_by, lead(open_time) OVER (ORDER BY open_time) AS following
    FROM market.candles WHERE series = s.id"""
_COUNTED: LiteralString = f"""
    SELECT c.* FROM unnest(%(ids)s::int[], %(ms)s::bigint[]) WITH ORDINALITY AS s (id, ms, place)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE superseded_by IS NULL), min(open_time), max(open_time),
            count(*) FILTER (WHERE following > open_time + s.ms),
            count(*) FILTER (WHERE superseded_by IS NOT NULL)
        FROM ({_FOLLOWED}) AS c
    ) AS c ORDER BY s.place"""
_HOLES: LiteralString = f"""
    SELECT c.open_time + s.ms, c.following, (c.following - c.open_time) / s.ms - 1
    FROM (VALUES (%(id)s::int, %(ms)s::bigint)) AS s (id, ms) CROSS JOIN LATERAL ({_FOLLOWED}) AS c
    WHERE c.following > c.open_time + s.ms ORDER BY c.open_time"""
_OPEN_TIMES: LiteralString = """
    SELECT coalesce(array_agg(open_time ORDER BY open_time), '{}') FROM market.candles
    WHERE series = %s AND superseded_by IS NULL"""


@dataclass(frozen=True, slots=True)
class Recordedness:
    """What is recorded of a series: open times of its first and last candle in ms."""

    id: int
    series: Series
    candles: int
    first: int
    last: int
    holes: int
    revised: int


@dataclass(frozen=True, slots=True)
class JudgedHole:
    """A hole, and what it is: `outage`, `out of reach` or `quiet`."""

    hole: Hole
    reason: str


class SeriesTable:
    """Reads the series of the candle table as it stands."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._gaps = GapMemory(connection)

    def recorded(
        self, exchange: str | None = None, pair: str | None = None, timeframe: str | None = None
    ) -> list[Recordedness]:
        """All series, or those of an exchange, a pair and a timeframe, in this order."""
        chosen = {"exchange": exchange, "pair": pair, "timeframe": timeframe}
        rows = self._connection.execute(_CHOSEN, chosen).fetchall()
        series = [Series(*row[1:]) for row in rows]
        frames = [each.frame.ms for each in series]
        counts = self._connection.execute(_COUNTED, {"ids": [row[0] for row in rows], "ms": frames})
        return [
            Recordedness(row[0], each, *count)
            for row, each, count in zip(rows, series, counts, strict=True)
        ]

    def judged_holes(self, of: Recordedness, *, quiet_candles: bool) -> list[JudgedHole]:
        """The holes of a series in time order; those recorded as gaps are what the tape says.

        `quiet_candles`: whether its exchange has a candle for a period without a trade.
        """
        if not of.holes:
            return []
        found = self._holes(of)
        quiet_candles = has_quiet_candles(of.candles, of.holes, of_exchange=quiet_candles)
        judged = set(found if quiet_candles else self._outages(of))
        gaps = [
            (to_ms(gap.since), to_ms(gap.until), gap.reason) for gap in self._gaps.found(of.series)
        ]
        places = np.searchsorted([gap[0] for gap in gaps], [hole.since for hole in found], "right")
        return [
            JudgedHole(hole, _reason(hole, gaps[:place], OUTAGE if hole in judged else QUIET))
            for hole, place in zip(found, places.tolist(), strict=True)
        ]

    def _holes(self, of: Recordedness) -> list[Hole]:
        rows = self._connection.execute(_HOLES, {"id": of.id, "ms": of.series.frame.ms})
        return [Hole(*row) for row in rows]

    def _outages(self, of: Recordedness) -> list[Hole]:
        return outages(self._open_times(of), of.series.frame, quiet_candles=False)

    def _open_times(self, of: Recordedness) -> Times:
        row = self._connection.execute(_OPEN_TIMES, [of.id], binary=True).fetchone()
        return np.array(row[0] if row else [], dtype=np.int64)


def _reason(hole: Hole, before: Sequence[tuple[int, int, str]], otherwise: str) -> str:
    """The reason of the recorded gap that holds the hole: the last that begins before its end."""
    if before and before[-1][1] >= hole.until:
        return before[-1][2]
    return otherwise
