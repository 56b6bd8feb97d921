"""Locks of markets and halts of accounts: since when, until when, by whom and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, newest_first


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lock of a market or, without `pair`, a halt of the account. `status`: `active`, `ended`.

    Without `side` it is of both, without `until` it lasts until somebody ends it. `numbers` holds
    what a guard compared, decimals as text. Another one of the same market and side ends it, too.
    """

    account: str
    pair: str | None
    side: str | None
    since: datetime
    until: datetime | None
    by: str
    why: str
    numbers: dict[str, str]
    status: str
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None
    position: int


def project(cursor: Cursor, page: Page) -> None:
    """Add locks and halts, then end each with the first fact behind it that does."""
    page.run(cursor, _STEPS)


_BEGUN: LiteralString = """
    INSERT INTO read.locks (account, pair, side, since, until, by, why, numbers, position)
    SELECT account, pair, side, at, until, by, why, numbers, position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, pair text, side text, at timestamptz, until timestamptz, by text, why text,
        numbers jsonb, position bigint)"""
_ENDED: LiteralString = """
    UPDATE read.locks AS l SET ended_at = e.at, ended_by = e.by, ended_why = e.why
    FROM (
        SELECT DISTINCT ON (l.position) l.position, f.at, f.by, f.why
        FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
            topic text, account text, pair text, side text, at timestamptz, by text, why text,
            position bigint)
        JOIN read.locks AS l ON l.account = f.account AND l.ended_at IS NULL
            AND l.position < f.position AND (f.topic = 'AccountReset'
                OR (l.pair IS NOT DISTINCT FROM f.pair AND l.side IS NOT DISTINCT FROM f.side))
        ORDER BY l.position, f.position) AS e
    WHERE l.position = e.position"""
_LOCKS = ("MarketLocked", "TradingHalted")
_ENDS = ("MarketUnlocked", "TradingResumed", "AccountReset")
_STEPS = (Step(_LOCKS, _BEGUN), Step((*_LOCKS, *_ENDS), _ENDED))


def locks(
    connection: Connection,
    *,
    account: str | None = None,
    pair: str | None = None,
    status: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[LockRow]:
    """Locks and halts, newest first; `after` is the position of the last one seen."""
    wanted = {"account": account, "pair": pair, "status": status}
    return newest_first(connection, LockRow, "locks", wanted, after, limit)


def active_locks(connection: Connection, limit: int = 1_000) -> list[LockRow]:
    """The locks and halts that hold now, newest first."""
    return locks(connection, status="active", limit=limit)
