"""The market tape of one exchange as a replay reads it: in parts, by columns."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from adapters.postgres.binary_copy import INT, copy_rows, sent_row
from adapters.postgres.candles import CandleTable
from application.replay.listed import Listing
from application.replay.recorded import Came, ClosedAt, Part, Periods
from application.tapes import period_stream
from domain.candles import Times
from domain.facts import decode
from domain.market_facts import CandleRevised, MarketDelisted, MarketListed

Connection = psycopg.Connection[tuple[Any, ...]]

_ON_A_PART = sent_row(dict.fromkeys(("position", "number", "version", "seen_at"), INT))
_SEEN_AT: LiteralString = (
    "(date_part('epoch', (convert_from(e.state, 'UTF8')::json->>'seen_at')::timestamptz)"
    " * 1000)::bigint"
)
_PART: LiteralString = f"""
    COPY (SELECT e.notification_id, s.number, e.originator_version,
        CASE WHEN s.number < 0 THEN {_SEEN_AT} ELSE 0 END
    FROM market.tape_events AS e
    JOIN unnest(%(streams)s::uuid[], %(numbers)s::bigint[]) AS s (stream, number)
        ON s.stream = e.originator_id
    WHERE e.notification_id > %(after)s AND e.notification_id <= %(until)s
    ORDER BY e.notification_id) TO STDOUT (FORMAT binary)"""
_REVISED: LiteralString = """
    SELECT notification_id, state FROM market.tape_events
    WHERE topic = 'CandleRevised' AND topic <> 'CandleClosed'
        AND notification_id > %s AND notification_id <= %s ORDER BY notification_id"""
_SERIES: LiteralString = """
    SELECT id, pair, stream FROM market.series WHERE exchange = %s AND timeframe = %s"""
_LISTINGS: LiteralString = """
    SELECT notification_id, topic, state FROM market.tape_events
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted')
    ORDER BY notification_id"""
PERIOD: LiteralString = f"""
    SELECT e.notification_id, e.originator_version, {_SEEN_AT} FROM market.tape_events AS e
    WHERE e.originator_id = %s AND e.topic <> 'CandleClosed'"""
_PERIOD_BEFORE: LiteralString = (
    f"{PERIOD} AND e.notification_id <= %s ORDER BY e.notification_id DESC LIMIT 1"
)
_PERIOD_BEHIND: LiteralString = f"""
    SELECT e.notification_id, e.originator_version, {_SEEN_AT},
        convert_from(e.state, 'UTF8')::jsonb->>'timeframe'
    FROM market.tape_events AS e
    WHERE e.topic = 'PeriodClosed' AND e.topic <> 'CandleClosed' AND e.notification_id > %s
        AND convert_from(e.state, 'UTF8')::jsonb->>'exchange' = %s
    ORDER BY e.notification_id LIMIT 1"""
_ACTED_BEFORE: LiteralString = """
    SELECT coalesce(max(notification_id), 0) FROM market.tape_events
    WHERE topic <> 'CandleClosed' AND notification_id < %s"""


class TapeOfExchange:
    """Over a connection whose transaction shows one state of the tape throughout."""

    def __init__(self, connection: Connection, exchange: str) -> None:
        self.exchange = exchange
        self._connection = connection
        self._histories: dict[str, CandleTable] = {}
        self._series: dict[str, dict[int, tuple[str, UUID]]] = {}

    def markets(self, frame: str) -> Mapping[int, str]:
        """The pairs that have candles in a timeframe, by number."""
        return {number: pair for number, (pair, _) in self._of(frame).items()}

    def part(self, frames: Sequence[str], after: int, until: int) -> dict[str, Part]:
        """What came behind position `after` up to `until`, by timeframe."""
        streams = {number: id_ for frame in frames for number, (_, id_) in self._of(frame).items()}
        periods = {-1 - place: frame for place, frame in enumerate(frames)}
        streams |= {each: period_stream(self.exchange, name) for each, name in periods.items()}
        asked = {"streams": [*streams.values()], "numbers": [*streams], "after": after,
                 "until": until}  # fmt: skip
        rows = copy_rows(self._connection, _PART, asked, _ON_A_PART)
        revised = self._revised(after, until)
        columns = [rows[name].astype(np.int64) for name in ("position", "number", "version")]
        seen_at = rows["seen_at"].astype(np.int64)
        found = {}
        for number, frame in periods.items():
            closed, came = columns[1] == number, np.isin(columns[1], [*self._of(frame)])
            position, market, opened = (column[came] for column in columns)
            found[frame] = Part(
                Periods(columns[0][closed], columns[2][closed], seen_at[closed]),
                _in_order(Came(position, market, opened), revised.get(frame, [])),
            )
        return found

    def history(self, frame: str) -> CandleTable:
        """The candles of a timeframe."""
        if frame not in self._histories:
            self._histories[frame] = CandleTable(self._connection, self.exchange, frame)
        return self._histories[frame]

    def listings(self) -> Sequence[Listing]:
        """What became of its markets, with positions, in order."""
        return self._listings

    def period_before(self, frame: str, position: int) -> ClosedAt | None:
        """The newest closed period of a timeframe up to a position."""
        stream = period_stream(self.exchange, frame)
        row = self._connection.execute(_PERIOD_BEFORE, [stream, position]).fetchone()
        return None if row is None else ClosedAt(row[0], frame, row[1], row[2])

    def period_behind(self, position: int) -> ClosedAt | None:
        """The first closed period, of any timeframe, behind a position."""
        row = self._connection.execute(_PERIOD_BEHIND, [position, self.exchange]).fetchone()
        return None if row is None else ClosedAt(row[0], row[3], row[1], row[2])

    def acted_before(self, position: int) -> int:
        """The position of the last event before that one that is no candle; 0 if there is none."""
        row = self._connection.execute(_ACTED_BEFORE, [position]).fetchone()
        return 0 if row is None else int(row[0])

    def _of(self, frame: str) -> dict[int, tuple[str, UUID]]:
        if frame not in self._series:
            rows = self._connection.execute(_SERIES, [self.exchange, frame])
            self._series[frame] = {number: (pair, stream) for number, pair, stream in rows}
        return self._series[frame]

    @cached_property
    def _listings(self) -> list[Listing]:
        facts = ((row[0], decode(row[1], row[2])) for row in self._connection.execute(_LISTINGS))
        return [
            (position, fact)
            for position, fact in facts
            if isinstance(fact, MarketListed | MarketDelisted) and fact.exchange == self.exchange
        ]

    def _revised(self, after: int, until: int) -> dict[str, list[tuple[int, int, int]]]:
        """Revised candles by timeframe: positions, numbers of markets, open times."""
        found: dict[str, list[tuple[int, int, int]]] = {}
        for position, state in self._connection.execute(_REVISED, [after, until]):
            fact = decode(CandleRevised.__name__, state)
            assert isinstance(fact, CandleRevised)
            numbers = {pair: number for number, pair in self.markets(fact.timeframe).items()}
            if fact.exchange == self.exchange and fact.pair in numbers:
                row = position, numbers[fact.pair], fact.open_time
                found.setdefault(fact.timeframe, []).append(row)
        return found


def _in_order(came: Came, also: Sequence[tuple[int, int, int]]) -> Came:
    """Both in the order of the tape."""
    if not also:
        return came
    columns = [np.concatenate(pair) for pair in zip(came, np.array(also).T, strict=True)]
    order: NDArray[np.int64] = np.argsort(columns[0])
    return Came(*(_sorted(column, order) for column in columns))


def _sorted(column: Times, order: NDArray[np.int64]) -> Times:
    return column[order]
