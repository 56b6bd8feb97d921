"""Reading the typed candle table, always as of a position on the market tape."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from adapters.postgres.binary_copy import DOUBLE, INT, copy_rows, sent_row
from application.tapes import period_stream
from domain.blocks import Needed
from domain.candle_versions import CandleVersions
from domain.candles import Candle, Candles
from domain.timeframes import timeframe
from domain.values import exact

Connection = psycopg.Connection[tuple[Any, ...]]

_NUMBERS = ("open", "high", "low", "close", "volume")
_CANDLE = {"open_time": INT, **dict.fromkeys(_NUMBERS, DOUBLE)}
_OF_A_SERIES = sent_row(_CANDLE)
_OF_MANY = sent_row({"series": INT, **_CANDLE})
_VERSION = sent_row({**_CANDLE, "position": INT, "superseded_by": INT})

_COLUMNS: LiteralString = "c.open_time, c.open, c.high, c.low, c.close, c.volume"
_AS_OF: LiteralString = (
    "c.position <= %(as_of)s AND (c.superseded_by IS NULL OR c.superseded_by > %(as_of)s)"
)
_NEWEST: LiteralString = f"""
    COPY (SELECT c.series::bigint, {_COLUMNS}
    FROM unnest(%(series)s::int[]) AS s (id) CROSS JOIN LATERAL (
        SELECT * FROM market.candles AS c
        WHERE c.series = s.id AND c.open_time <= %(until)s AND {_AS_OF}
        ORDER BY c.open_time DESC LIMIT %(count)s
    ) AS c ORDER BY c.series, c.open_time) TO STDOUT (FORMAT binary)"""
_TRADED: LiteralString = f"""
    COPY (SELECT c.series::bigint, {_COLUMNS}
    FROM unnest(%(series)s::int[]) AS s (id) CROSS JOIN LATERAL (
        SELECT * FROM market.candles AS c
        WHERE c.series = s.id AND c.open_time BETWEEN %(since)s AND %(until)s AND {_AS_OF}
          AND NOT (c.volume = 0 AND c.high = c.low)
        ORDER BY c.open_time DESC LIMIT %(candles)s
    ) AS c ORDER BY c.series, c.open_time) TO STDOUT (FORMAT binary)"""
_SPAN: LiteralString = (
    "c.series = %(series)s AND c.open_time >= %(since)s AND c.open_time < %(until)s"
)
_BETWEEN: LiteralString = f"""
    COPY (SELECT {_COLUMNS} FROM market.candles AS c WHERE {_SPAN} AND {_AS_OF}
    ORDER BY c.open_time) TO STDOUT (FORMAT binary)"""
_VERSIONS: LiteralString = f"""
    COPY (SELECT {_COLUMNS}, c.position,
        CASE WHEN c.superseded_by <= %(as_of)s THEN c.superseded_by ELSE 0 END
    FROM market.candles AS c WHERE {_SPAN} AND c.position <= %(as_of)s
    ORDER BY c.open_time, c.position) TO STDOUT (FORMAT binary)"""
_AT: LiteralString = f"""
    SELECT s.pair, {_COLUMNS}
    FROM market.series AS s JOIN market.candles AS c ON c.series = s.id
    WHERE s.exchange = %(exchange)s AND s.timeframe = %(timeframe)s
      AND c.open_time = %(open_time)s AND {_AS_OF}"""
_SINCE_LAST_PERIOD: LiteralString = """
    e.notification_id < %(as_of)s AND e.notification_id > (
        SELECT notification_id FROM market.tape_events
        WHERE originator_id = %(periods)s AND originator_version < %(closed_at)s
        ORDER BY originator_version DESC LIMIT 1)"""
_CAME_LATE: LiteralString = f"""
    WITH came AS (
        SELECT s.id, s.pair, e.originator_version AS open_time, e.notification_id AS position
        FROM market.tape_events AS e JOIN market.series AS s ON s.stream = e.originator_id
        WHERE e.topic = 'CandleClosed' AND e.originator_version < %(open_time)s
          AND s.exchange = %(exchange)s AND s.timeframe = %(timeframe)s AND {_SINCE_LAST_PERIOD}
        UNION ALL
        SELECT s.id, s.pair, c.open_time, c.position
        FROM market.tape_events AS e
        CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS fact) AS f
        JOIN market.series AS s ON s.exchange = %(exchange)s AND s.timeframe = %(timeframe)s
          AND s.exchange = f.fact->>'exchange' AND s.timeframe = f.fact->>'timeframe'
          AND s.pair = f.fact->>'pair'
        JOIN market.candles AS c ON c.series = s.id AND c.position = e.notification_id
          AND c.open_time
            = (extract(epoch FROM (f.fact->>'at')::timestamptz) * 1000)::bigint - %(length)s
        WHERE e.topic = 'CandleRevised' AND e.topic <> 'CandleClosed' AND {_SINCE_LAST_PERIOD}
          AND c.open_time < %(open_time)s)"""
_DISTURBED: LiteralString = f"{_CAME_LATE} SELECT DISTINCT pair FROM came"
_LATE: LiteralString = f"""{_CAME_LATE}
    SELECT came.pair, {_COLUMNS}
    FROM came JOIN market.candles AS c ON c.series = came.id AND c.open_time = came.open_time
      AND c.position = came.position
    WHERE came.open_time >= %(since)s
    ORDER BY c.open_time, came.pair COLLATE "C", c.position"""
_EXTREMES: LiteralString = f"""
    SELECT max(c.high), min(c.low) FROM market.candles AS c
    JOIN market.series AS s ON s.id = c.series
    WHERE s.exchange = %(exchange)s AND s.timeframe = %(timeframe)s AND s.pair = %(pair)s
      AND c.open_time >= %(since)s AND c.open_time < %(until)s AND {_AS_OF}"""


class CandleTable:
    """Candles of one exchange and timeframe out of Postgres."""

    def __init__(self, connection: Connection, exchange: str, timeframe: str) -> None:
        self._connection = connection
        self._of = {"exchange": exchange, "timeframe": timeframe}
        self._series: dict[str, int] = {}

    def newest(
        self, pairs: Sequence[str], until: int, as_of: int, count: int
    ) -> dict[str, Candles]:
        """The last `count` candles of each pair with open time <= `until` (ms)."""
        return self._of_each(_NEWEST, pairs, {"until": until, "as_of": as_of, "count": count})

    def traded(
        self, pairs: Sequence[str], until: int, as_of: int, wanted: Needed
    ) -> dict[str, Candles]:
        """The candles wanted of each pair, quiet ones left out, with open time <= `until` (ms)."""
        return self._of_each(_TRADED, pairs, {"until": until, "as_of": as_of, **wanted._asdict()})

    def _of_each(
        self, query: LiteralString, pairs: Sequence[str], parameters: dict[str, Any]
    ) -> dict[str, Candles]:
        numbers = self._numbers(pairs)
        parameters = {"series": list(numbers.values()), **parameters}
        rows = copy_rows(self._connection, query, parameters, _OF_MANY)
        cuts = np.searchsorted(rows["series"], sorted(numbers.values()))
        names = sorted(numbers, key=numbers.__getitem__)
        parts = np.split(rows, cuts[1:]) if names else []
        found = {name: candles_of(part) for name, part in zip(names, parts, strict=True)}
        return {pair: found.get(pair, Candles.none()) for pair in pairs}

    def between(self, pair: str, since: int, until: int, as_of: int) -> Candles:
        """Candles with `since` <= open time < `until` (ms)."""
        span = self._span(pair, since, until, as_of)
        return candles_of(copy_rows(self._connection, _BETWEEN, span, _OF_A_SERIES))

    def versions(self, pair: str, since: int, until: int, as_of: int) -> CandleVersions:
        """All values that such candles had up to that position, superseded ones too."""
        span = self._span(pair, since, until, as_of)
        rows = copy_rows(self._connection, _VERSIONS, span, _VERSION)
        places = (rows[name].astype(np.int64) for name in ("position", "superseded_by"))
        return CandleVersions(candles_of(rows), *places)

    def _span(self, pair: str, since: int, until: int, as_of: int) -> dict[str, int | None]:
        series = self._numbers([pair]).get(pair)
        return {"series": series, "since": since, "until": until, "as_of": as_of}

    def at(self, open_time: int, as_of: int) -> dict[str, tuple[Any, ...]]:
        """Rows (open time and five doubles) of one period, by pair."""
        rows = self._connection.execute(
            _AT, {**self._of, "open_time": open_time, "as_of": as_of}, binary=True
        )
        return {row[0]: row[1:] for row in rows}

    def disturbed(self, closed_at: int, open_time: int, as_of: int) -> set[str]:
        """Pairs with a candle before this period that came, or changed, after the last closed."""
        rows = self._connection.execute(_DISTURBED, self._period(closed_at, open_time, as_of))
        return {row[0] for row in rows}

    def late(
        self, closed_at: int, open_time: int, as_of: int, since: int
    ) -> list[tuple[str, Candle]]:
        """Those candles from open time `since` (ms) on, oldest first."""
        rows = self._connection.execute(
            _LATE, {**self._period(closed_at, open_time, as_of), "since": since}, binary=True
        )
        return [(row[0], exact_candle(row[1:])) for row in rows]

    def _period(self, closed_at: int, open_time: int, as_of: int) -> dict[str, object]:
        return {
            **self._of,
            "periods": period_stream(*self._of.values()),
            "length": timeframe(self._of["timeframe"]).ms,
            "closed_at": closed_at,
            "open_time": open_time,
            "as_of": as_of,
        }

    def extremes(
        self, pair: str, since: int, until: int, as_of: int
    ) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        row = self._connection.execute(
            _EXTREMES, {**self._of, "pair": pair, "since": since, "until": until, "as_of": as_of}
        ).fetchone()
        return None if row is None or row[0] is None else (exact(row[0]), exact(row[1]))

    def _numbers(self, pairs: Sequence[str]) -> dict[str, int]:
        """The numbers of those series that have candles."""
        if not self._series.keys() >= set(pairs):
            rows = self._connection.execute(
                "SELECT pair, id FROM market.series"
                " WHERE exchange = %(exchange)s AND timeframe = %(timeframe)s",
                self._of,
            )
            self._series = dict(rows.fetchall())
        return {pair: self._series[pair] for pair in pairs if pair in self._series}


def exact_candle(row: tuple[Any, ...]) -> Candle:
    """A row of open time and five doubles, exact again."""
    return Candle(row[0], *(exact(number) for number in row[1:]))


def candles_of(rows: NDArray[Any]) -> Candles:
    """Columns in the machine's own byte order."""
    return Candles(
        rows["open_time"].astype(np.int64), *(rows[name].astype(np.float64) for name in _NUMBERS)
    )
