"""How scanning fares: every market's health, gaps, and what was asked of exchanges in vain."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from adapters.postgres.attempts import AttemptRow, attempts
from projections.gaps import GapRow, gaps
from projections.health import Health, State
from projections.scans_health import healths
from web.database import Db
from web.lists import ListQuery, NamedListQuery, Page, cut, named_page, page
from web.problems import documented

router = APIRouter(prefix="/v1", tags=["scanning"], responses=documented())

_EXCHANGE = Field(None, description="the name of an exchange")
_PAIR = Field(None, description="a pair such as BTC/USDT")
_TIMEFRAME = Field(None, description="a timeframe such as 1h")


class ScansQuery(NamedListQuery):
    """Which markets of which scans."""

    exchange: str | None = _EXCHANGE
    timeframe: str | None = _TIMEFRAME
    state: State | None = Field(None, description="well, late, failing, delisted or stalled")


class GapsQuery(ListQuery):
    """Which gaps."""

    exchange: str | None = _EXCHANGE
    timeframe: str | None = _TIMEFRAME
    pair: str | None = _PAIR
    filled: bool = Field(False, description="true: also those that have been filled")


class AttemptsQuery(ListQuery):
    """Which attempts."""

    exchange: str | None = _EXCHANGE
    kind: str | None = Field(None, description="a kind of failure such as `no answer`")
    pair: str | None = _PAIR


@router.get("/scans", response_model=Page[Health])
def list_scans(db: Db, asked: Annotated[ScansQuery, Query()]) -> Response:
    """How every market of every scan fares, in a word and in a sentence."""
    wanted = {"exchange": asked.exchange, "timeframe": asked.timeframe}
    rows = db.ask(lambda connection: healths(connection, **wanted))
    found = [row for row in rows if asked.state in {None, row.state}]
    return named_page(found, asked, lambda row: f"{row.exchange} {row.timeframe} {row.pair}")


@router.get("/gaps", response_model=Page[GapRow])
def list_gaps(db: Db, asked: Annotated[GapsQuery, Query()]) -> Response:
    """Outages that are not filled, the last found first."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return page(db.ask(lambda connection: gaps(connection, **wanted)), asked.limit)


@router.get("/attempts", response_model=Page[AttemptRow])
def list_attempts(db: Db, asked: Annotated[AttemptsQuery, Query()]) -> Response:
    """What was asked of exchanges in vain in the last seven days, newest first."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    rows = db.ask(lambda connection: attempts(connection, **wanted))
    return cut(rows, asked.limit, lambda row: str(row.id))
