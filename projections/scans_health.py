"""The health of all scans: every market's, or in short with those that somebody should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg.rows import class_row
from psycopg.sql import SQL, Composable

from projections.gaps import SeriesKey, lacks, open_gaps
from projections.health import STATES, Health, State, Watched, health, is_trouble, state_of
from projections.queries import Connection, equals, where

MOST = 20
_URGENCY = ("failing", "late", "delisted", "stalled")


@dataclass(frozen=True, slots=True)
class ScansHealth:
    """How many markets are scanned and well, how many are in each state, and the worst of them.

    `in_trouble` leaves out markets delisted more than a week ago; `more` are not shown.
    `open_gaps` counts outages that have not been filled, of all scans.
    """

    markets: int
    well: int
    states: dict[State, int]
    in_trouble: list[Health]
    more: int
    open_gaps: int

    @property
    def troubled(self) -> int:
        """How many are in trouble of their own: a stalled exchange speaks for its markets."""
        return len(self.in_trouble) + self.more - self.states["stalled"]

    @property
    def worst(self) -> list[Health]:
        """Those of `in_trouble` that are so of their own."""
        return [row for row in self.in_trouble if row.state != "stalled"]


def healths(
    connection: Connection, *, exchange: str | None = None, timeframe: str | None = None
) -> list[Health]:
    """How every market fares, by exchange, timeframe and pair."""
    return _told(connection, _watched(connection, exchange, timeframe))


def scans_health(
    connection: Connection,
    *,
    exchange: str | None = None,
    timeframe: str | None = None,
    most: int = MOST,
) -> ScansHealth:
    """How the scans fare as a whole, and at most so many markets in trouble, the worst first."""
    suspects = _watched(connection, exchange, timeframe, suspects=True)
    states: dict[State, int] = dict.fromkeys(STATES, 0)
    for row in suspects:
        states[state_of(row)] += 1
    markets = _markets(connection, exchange, timeframe)
    states["well"] += markets - len(suspects)
    trouble = sorted(filter(is_trouble, suspects), key=_urgency)
    return ScansHealth(
        markets=markets,
        well=states["well"],
        states=states,
        in_trouble=_told(connection, trouble[:most]),
        more=max(0, len(trouble) - most),
        open_gaps=open_gaps(connection),
    )


def _told(connection: Connection, rows: Sequence[Watched]) -> list[Health]:
    lacking = lacks(connection, map(_key, rows))
    return [health(row, lacking.get(_key(row))) for row in rows]


def _key(row: Watched) -> SeriesKey:
    return SeriesKey(row.exchange, row.timeframe, row.pair)


def _urgency(row: Watched) -> tuple[int, SeriesKey]:
    return _URGENCY.index(state_of(row)), _key(row)


def _watched(
    connection: Connection, exchange: str | None, timeframe: str | None, *, suspects: bool = False
) -> list[Watched]:
    """The rows to judge; `suspects` leaves out those that cannot but be well."""
    chosen, wishes = _of(exchange, timeframe)
    with connection.cursor(row_factory=class_row(Watched)) as cursor:
        cursor.execute(SQL(_WATCHED).format(chosen, SQL(_SUSPECTS if suspects else "")), wishes)
        return cursor.fetchall()


def _markets(connection: Connection, exchange: str | None, timeframe: str | None) -> int:
    chosen, wishes = _of(exchange, timeframe)
    query = SQL("SELECT count(*) FROM read.scans {}").format(chosen)
    row = connection.execute(query, wishes).fetchone()
    assert row is not None
    return int(row[0])


def _of(exchange: str | None, timeframe: str | None) -> tuple[Composable, dict[str, str]]:
    """The condition on scans, and its values."""
    wanted = {"exchange": exchange, "timeframe": timeframe}
    wishes = {column: value for column, value in wanted.items() if value is not None}
    return where([equals(column) for column in wishes]), wishes


_WATCHED: LiteralString = """
    SELECT s.*, p.closed_at, e.clock, m.delisted_at, m.delisted_reason,
        CASE WHEN e.resumed_at IS NULL THEN e.stalled_since END AS stalled_since,
        e.reason AS stall_reason
    FROM (SELECT * FROM read.scans {}) AS s
    LEFT JOIN read.periods AS p ON p.exchange = s.exchange AND p.timeframe = s.timeframe
    LEFT JOIN read.markets AS m ON m.exchange = s.exchange AND m.pair = s.pair
    LEFT JOIN read.exchanges AS e ON e.exchange = s.exchange
    {} ORDER BY s.exchange, s.timeframe, s.pair"""
_SUSPECTS: LiteralString = """
    WHERE s.missing_periods > 0 OR s.failing_since IS NOT NULL OR m.delisted_at IS NOT NULL
        OR e.stalled_since IS NOT NULL AND e.resumed_at IS NULL"""
