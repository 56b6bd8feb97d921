"""Exchanges: whether they live, by the tape; and how they answer, by what was asked in vain."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from projections.page import Cursor, Page, Step
from projections.queries import Connection


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """An exchange. `clock` is the newest time that the tape has from it; it may not know any.

    `stalled_since`, `reason` and `resumed_at` are of its newest stall. `wait_until` is there while
    it wants to be left alone. `attempts` counts what was asked in vain in the last hour, by kind.
    """

    exchange: str
    clock: datetime | None
    stalled: bool
    stalled_since: datetime | None
    reason: str | None
    resumed_at: datetime | None
    wait_until: datetime | None
    wait_why: str | None
    attempts: dict[str, int]


def project(cursor: Cursor, page: Page) -> None:
    """Note the clock of every scan, stalls and their ends."""
    page.run(cursor, _STEPS)


_FACTS: LiteralString = """
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        topic text, exchange text, at timestamptz, seen_at timestamptz, reason text,
        position bigint)"""
_CLOCK: LiteralString = f"""
    INSERT INTO read.exchanges AS e (exchange, clock)
    SELECT exchange, max(coalesce(seen_at, at)) {_FACTS} GROUP BY exchange
    ON CONFLICT (exchange) DO UPDATE SET clock = greatest(e.clock, excluded.clock)"""
_STALL: LiteralString = f"""
    UPDATE read.exchanges AS e SET stalled_since = f.at, reason = f.reason, resumed_at = NULL
    FROM (SELECT DISTINCT ON (exchange) * {_FACTS} ORDER BY exchange, position DESC) AS f
    WHERE e.exchange = f.exchange"""
_RESUME: LiteralString = f"""
    UPDATE read.exchanges AS e SET resumed_at = f.at
    FROM (SELECT DISTINCT ON (exchange) * {_FACTS} ORDER BY exchange, position DESC) AS f
    WHERE e.exchange = f.exchange AND f.topic = 'ExchangeResumed'"""
_STEPS = (
    Step(("MarketListed", "PeriodClosed", "ExchangeStalled", "ExchangeResumed"), _CLOCK),
    Step(("ExchangeStalled",), _STALL),
    Step(("ExchangeStalled", "ExchangeResumed"), _RESUME),
)


def exchanges(connection: Connection) -> list[ExchangeRow]:
    """All exchanges that the tape knows, or that were asked of late, by name."""
    with connection.cursor(row_factory=class_row(ExchangeRow)) as cursor:
        return cursor.execute(_EXCHANGES).fetchall()


_EXCHANGES: LiteralString = """
    WITH kinds AS (
        SELECT exchange, kind, count(*) AS times FROM ops.attempts
        WHERE at > now() - interval '1 hour' GROUP BY exchange, kind),
    vain AS (
        SELECT exchange, jsonb_object_agg(kind, times) AS attempts FROM kinds GROUP BY exchange),
    waits AS (
        SELECT exchange, closed_until, why FROM ops.budgets WHERE closed_until > now())
    SELECT exchange, clock, stalled_since IS NOT NULL AND resumed_at IS NULL AS stalled,
        stalled_since, reason, resumed_at, closed_until AS wait_until, why AS wait_why,
        coalesce(attempts, '{}') AS attempts
    FROM read.exchanges FULL JOIN vain USING (exchange) FULL JOIN waits USING (exchange)
    ORDER BY exchange"""
