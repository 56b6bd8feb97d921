"""Scans: the newest period of each, and the health of every market in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import scalar_row

from projections.page import Cursor, Page, Step
from projections.queries import Connection, all_rows


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """The newest period of an exchange's timeframe; `missing` counts markets without a candle."""

    exchange: str
    timeframe: str
    closed_at: datetime
    seen_at: datetime
    markets: int
    missing: int
    position: int


@dataclass(frozen=True, slots=True)
class ScanRow:
    """How the scan of one market fares.

    `last_candle_at` is the close of its newest candle; `last_seen_at` when its candle last came
    in time; `missing_periods` how many in a row it did not, the first of them at `missing_since`.
    `seen_periods` and `missed_periods` count for ever. `failures` and `last_failure` are of all
    time; `failing_since` and `failures_in_a_row` of those that no success has ended.
    """

    exchange: str
    timeframe: str
    pair: str
    last_candle_at: datetime | None
    last_seen_at: datetime | None
    missing_since: datetime | None
    missing_periods: int
    failures: int
    last_failure: str | None
    last_failure_at: datetime | None
    seen_periods: int
    missed_periods: int
    failing_since: datetime | None
    failures_in_a_row: int


def project(cursor: Cursor, page: Page) -> None:
    """Take in periods and failures; whose candle came is asked of the tape's candle table."""
    page.run(cursor, _STEPS)


_PERIODS: LiteralString = """
    WITH periods AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY exchange, timeframe ORDER BY position) AS place,
            count(*) OVER (PARTITION BY exchange, timeframe) AS places,
            extract(epoch FROM timeframe::interval) AS seconds,
            ((extract(epoch FROM at) - extract(epoch FROM timeframe::interval)) * 1000)::bigint
                AS open_time
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            exchange text, timeframe text, at timestamptz, seen_at timestamptz, markets int,
            missing text[], position bigint)),
    newest AS MATERIALIZED (SELECT * FROM periods WHERE place = places)"""
_NEWEST: LiteralString = f"""
    {_PERIODS}
    INSERT INTO read.periods
    SELECT exchange, timeframe, at, seen_at, markets, cardinality(missing), position FROM newest
    ON CONFLICT (exchange, timeframe) DO UPDATE
    SET closed_at = excluded.closed_at, seen_at = excluded.seen_at, markets = excluded.markets,
        missing = excluded.missing, position = excluded.position"""
_SEEN: LiteralString = f"""
    {_PERIODS}
    INSERT INTO read.scans
        (exchange, timeframe, pair, last_candle_at, last_seen_at, seen_periods)
    SELECT n.exchange, n.timeframe, s.pair,
        to_timestamp(last.open_time / 1000 + n.seconds), in_time.seen_at, in_time.periods
    FROM newest AS n
    JOIN market.series AS s ON s.exchange = n.exchange AND s.timeframe = n.timeframe
    CROSS JOIN LATERAL (
        SELECT c.open_time FROM market.candles AS c
        WHERE c.series = s.id AND c.open_time <= n.open_time AND c.position < n.position
        ORDER BY c.open_time DESC LIMIT 1) AS last
    CROSS JOIN LATERAL (
        SELECT (array_agg(p.seen_at ORDER BY p.position DESC))[1] AS seen_at, count(*) AS periods
        FROM periods AS p
        WHERE p.exchange = n.exchange AND p.timeframe = n.timeframe AND EXISTS (
            SELECT FROM market.candles AS c WHERE c.series = s.id
            AND c.open_time = p.open_time AND c.position < p.position)) AS in_time
    ON CONFLICT (exchange, timeframe, pair) DO UPDATE
    SET last_candle_at = excluded.last_candle_at,
        last_seen_at = coalesce(excluded.last_seen_at, scans.last_seen_at),
        seen_periods = scans.seen_periods + excluded.seen_periods"""
_MISSED: LiteralString = f"""
    {_PERIODS},
    missed AS (
        SELECT p.*, pair, place - row_number()
            OVER (PARTITION BY exchange, timeframe, pair ORDER BY place) AS run
        FROM periods AS p, unnest(p.missing) AS pair),
    last_runs AS (
        SELECT exchange, timeframe, pair, min(at) AS since, count(*) AS length, min(place) AS first
        FROM missed GROUP BY exchange, timeframe, pair, run, places HAVING max(place) = places)
    INSERT INTO read.scans (exchange, timeframe, pair, missing_since, missing_periods)
    SELECT r.exchange, r.timeframe, r.pair,
        CASE WHEN r.first = 1 THEN coalesce(s.missing_since, r.since) ELSE r.since END,
        CASE WHEN r.first = 1 THEN coalesce(s.missing_periods, 0) ELSE 0 END + r.length
    FROM last_runs AS r LEFT JOIN read.scans AS s
    ON s.exchange = r.exchange AND s.timeframe = r.timeframe AND s.pair = r.pair
    ON CONFLICT (exchange, timeframe, pair) DO UPDATE
    SET missing_since = excluded.missing_since, missing_periods = excluded.missing_periods"""
_COUNTED: LiteralString = f"""
    {_PERIODS}
    INSERT INTO read.scans (exchange, timeframe, pair, missed_periods)
    SELECT exchange, timeframe, pair, count(*) FROM periods, unnest(missing) AS pair
    GROUP BY exchange, timeframe, pair
    ON CONFLICT (exchange, timeframe, pair) DO UPDATE
    SET missed_periods = scans.missed_periods + excluded.missed_periods"""
_CAME: LiteralString = f"""
    {_PERIODS}
    UPDATE read.scans AS s SET missing_since = NULL, missing_periods = 0
    FROM newest AS n
    WHERE s.exchange = n.exchange AND s.timeframe = n.timeframe
      AND s.missing_periods > 0 AND s.pair <> ALL (n.missing)"""
_FAILED: LiteralString = """
    WITH facts AS (
        SELECT *, max(position) FILTER (WHERE topic = 'MarketRevalidated')
            OVER (PARTITION BY exchange, timeframe, pair) AS well_at
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, exchange text, timeframe text, pair text, reason text, failures int,
            at timestamptz, position bigint)),
    found AS (
        SELECT exchange, timeframe, pair, max(well_at) IS NOT NULL AS was_well,
            count(*) FILTER (WHERE topic = 'ScanFailed') AS failures,
            array_agg(at ORDER BY position) FILTER (WHERE topic = 'ScanFailed'
                AND position > coalesce(well_at, 0)) AS since_well,
            (array_agg(reason ORDER BY position DESC) FILTER (WHERE topic = 'ScanFailed'))[1]
                AS reason,
            (array_agg(at ORDER BY position DESC) FILTER (WHERE topic = 'ScanFailed'))[1] AS at,
            (array_agg(failures ORDER BY position DESC) FILTER (WHERE topic = 'ScanFailed'))[1]
                AS in_a_row
        FROM facts GROUP BY exchange, timeframe, pair)
    INSERT INTO read.scans (exchange, timeframe, pair, failures, last_failure, last_failure_at,
        failing_since, failures_in_a_row)
    SELECT f.exchange, f.timeframe, f.pair, f.failures, f.reason, f.at,
        CASE WHEN f.was_well THEN f.since_well[1]
            ELSE coalesce(s.failing_since, f.since_well[1]) END,
        CASE WHEN f.since_well IS NULL THEN 0
            ELSE coalesce(f.in_a_row, cardinality(f.since_well)
                + CASE WHEN f.was_well THEN 0 ELSE coalesce(s.failures_in_a_row, 0) END) END
    FROM found AS f LEFT JOIN read.scans AS s
    ON s.exchange = f.exchange AND s.timeframe = f.timeframe AND s.pair = f.pair
    ON CONFLICT (exchange, timeframe, pair) DO UPDATE
    SET failures = scans.failures + excluded.failures,
        last_failure = coalesce(excluded.last_failure, scans.last_failure),
        last_failure_at = coalesce(excluded.last_failure_at, scans.last_failure_at),
        failing_since = excluded.failing_since, failures_in_a_row = excluded.failures_in_a_row"""
_STEPS = (
    *(Step(("PeriodClosed",), statement) for statement in (_NEWEST, _SEEN, _CAME, _MISSED)),
    Step(("PeriodClosed",), _COUNTED),
    Step(("ScanFailed", "MarketRevalidated"), _FAILED),
)


def newest_periods(connection: Connection, *, exchange: str | None = None) -> list[PeriodRow]:
    """The newest period of every scan."""
    wanted = {"exchange": exchange}
    return all_rows(connection, PeriodRow, "periods", wanted, "exchange", "timeframe")


def newest_seen_at(connection: Connection) -> datetime | None:
    """The newest exchange time that the tape knows: what "late" is judged by."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        newest: datetime | None = cursor.execute("SELECT max(seen_at) FROM read.periods").fetchone()
        return newest


def scans(
    connection: Connection, *, exchange: str | None = None, timeframe: str | None = None
) -> list[ScanRow]:
    """The health of all markets, by exchange, timeframe and pair."""
    wanted = {"exchange": exchange, "timeframe": timeframe}
    return all_rows(connection, ScanRow, "scans", wanted, "exchange", "timeframe", "pair")
