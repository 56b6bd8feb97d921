"""Whether it runs, how far it has come, and whether it may be asked."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, LiteralString

import psycopg
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from psycopg.rows import class_row

from projections.accounts import accounts
from projections.exchanges import ExchangeRow, exchanges
from projections.scans import PeriodRow, newest_periods
from projections.scans_health import ScansHealth, scans_health
from web.context import WebContext
from web.database import Connection, Db
from web.encoding import json_response
from web.lists import Nothing
from web.problems import documented, unavailable

router = APIRouter(tags=["status"])


@dataclass(frozen=True, slots=True)
class Heads:
    """The newest positions of both tapes, and the epoch of the database."""

    epoch: str
    market: int
    trading: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a follower of a tape has come; `lag` counts positions behind the head."""

    name: str
    tape: str
    position: int
    lag: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account in short; `equity` counts open trades at cost."""

    account: str
    exchange: str
    quote: str
    cash: Decimal
    equity: Decimal
    profit: Decimal
    open_trades: int


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the whole. `followers` are trading and the read models."""

    version: str
    started_at: datetime
    tapes: Heads
    followers: list[Progress]
    periods: list[PeriodRow]
    exchanges: list[ExchangeRow]
    scans: ScansHealth
    accounts: list[AccountState]


@dataclass(frozen=True, slots=True)
class Health:
    """`ok`, or an error was answered."""

    status: str


_HEADS: LiteralString = """
    SELECT (SELECT epoch FROM ops.epoch) AS epoch,
        coalesce((SELECT max(notification_id) FROM market.tape_events), 0) AS market,
        coalesce((SELECT max(notification_id) FROM trading.tape_events), 0) AS trading"""
_FOLLOWERS: LiteralString = f"""
    WITH heads AS ({_HEADS}), followers AS (
        SELECT 'trading' AS name, 'market' AS tape, max(notification_id) AS position
        FROM trading.tape_tracking HAVING max(notification_id) IS NOT NULL
        UNION ALL SELECT projection, tape, position FROM read.positions)
    SELECT name, tape, position, greatest(0,
        CASE tape WHEN 'market' THEN heads.market ELSE heads.trading END - position) AS lag
    FROM followers, heads ORDER BY tape, name"""


@router.get("/healthz", response_model=Health)
async def healthz(_: Annotated[Nothing, Query()]) -> Response:
    """Whether the process answers."""
    return json_response(Health("ok"))


@router.get("/readyz", response_model=Health, responses=documented())
def readyz(db: Db, _: Annotated[Nothing, Query()]) -> Response:
    """Whether the database answers and has this release's tables."""
    try:
        db.ask(heads)
    except psycopg.errors.UndefinedTable:
        raise unavailable("The database has no tables yet.") from None
    return json_response(Health("ok"))


@router.get("/v1/status", response_model=Status, responses=documented())
def show_status(request: Request, db: Db, _: Annotated[Nothing, Query()]) -> Response:
    """The tapes, who follows them and how far, how exchanges and scans fare, and the accounts."""
    context: WebContext = request.app.state.context
    return json_response(db.ask(lambda connection: status(connection, context)))


def status(connection: Connection, context: WebContext) -> Status:
    """The state of the whole; as quick after years as after days."""
    return Status(
        version=context.version,
        started_at=context.started_at,
        tapes=heads(connection),
        followers=followers(connection),
        periods=newest_periods(connection),
        exchanges=exchanges(connection),
        scans=scans_health(connection),
        accounts=account_states(connection),
    )


def heads(connection: Connection) -> Heads:
    """The newest positions, by index."""
    with connection.cursor(row_factory=class_row(Heads)) as cursor:
        found = cursor.execute(_HEADS).fetchone()
    assert found is not None
    return found


def followers(connection: Connection) -> list[Progress]:
    """Trading and the read models, and how far each has come."""
    with connection.cursor(row_factory=class_row(Progress)) as cursor:
        return cursor.execute(_FOLLOWERS).fetchall()


def account_states(connection: Connection) -> list[AccountState]:
    """All accounts in short."""
    return [
        AccountState(
            account=row.account,
            exchange=row.exchange,
            quote=row.quote,
            cash=row.cash,
            equity=row.cash + row.open_cost,
            profit=row.profit,
            open_trades=row.open_trades,
        )
        for row in accounts(connection)
    ]
