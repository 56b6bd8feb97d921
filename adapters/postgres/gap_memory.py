"""Gaps as the market tape has them: what was found, and what came since."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from application.ports import RecordedGap
from application.tapes import fill_stream, gap_stream
from domain.candles import Series
from domain.facts import decode
from domain.market_facts import GapFilled, GapFound
from domain.times import to_ms

_IN_RANGE = """
    SELECT e.topic, e.state
    FROM unnest(%(gaps)s::uuid[], %(fills)s::uuid[]) AS s (gaps, fills)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(originator_version), %(since)s) AS since FROM market.tape_events
        WHERE originator_id = s.gaps AND originator_version <= %(since)s
    ) AS first
    JOIN LATERAL (
        SELECT topic, state, originator_version FROM market.tape_events
        WHERE originator_id IN (s.gaps, s.fills)
            AND originator_version >= first.since AND originator_version < %(until)s
    ) AS e ON true
    ORDER BY e.originator_version"""
_NEXT = """
    SELECT min(open_time) FROM market.candles WHERE series = (
        SELECT id FROM market.series WHERE exchange = %s AND pair = %s AND timeframe = %s
    ) AND open_time >= %s"""

_END = 2**62


class GapMemory:
    """Gaps of any series, read from their streams by time, which no two share."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def gaps(
        self, series: Sequence[Series], since: int, until: int
    ) -> dict[Series, list[RecordedGap]]:
        """Gaps of each series that reach between open times `since` and `until` (ms), in order.

        `filled` is what came of them between these times.
        """
        found: dict[Series, list[GapFound]] = {each: [] for each in series}
        filled: dict[Series, list[GapFilled]] = {each: [] for each in series}
        for fact in self._facts(series, since, until):
            if isinstance(fact, GapFound):
                found[fact.series].append(fact)
            else:
                filled[fact.series].append(fact)
        return {
            each: [_recorded(gap, filled[each]) for gap in found[each] if to_ms(gap.until) > since]
            for each in series
        }

    def found(self, series: Series) -> list[GapFound]:
        """All gaps that were ever found in a series, in time order."""
        facts = self._facts([series], 0, _END)
        return [fact for fact in facts if isinstance(fact, GapFound)]

    def next_open(self, series: Series, since: int) -> int | None:
        """The open time of the first recorded candle from `since` (ms) on."""
        row = self._connection.execute(_NEXT, (*series, since)).fetchone()
        return None if row is None else row[0]

    def _facts(
        self, series: Sequence[Series], since: int, until: int
    ) -> Iterable[GapFound | GapFilled]:
        span: dict[str, Any] = {"since": since, "until": until}
        span["gaps"] = [gap_stream(each) for each in series]
        span["fills"] = [fill_stream(each) for each in series]
        for topic, state in self._connection.execute(_IN_RANGE, span):
            fact = decode(topic, state)
            assert isinstance(fact, GapFound | GapFilled)
            yield fact


def _recorded(gap: GapFound, fills: Iterable[GapFilled]) -> RecordedGap:
    inside = ((fill.since, fill.until) for fill in fills if gap.since <= fill.since < gap.until)
    filled = tuple((to_ms(since), to_ms(until)) for since, until in inside)
    return RecordedGap(to_ms(gap.since), to_ms(gap.until), filled)
