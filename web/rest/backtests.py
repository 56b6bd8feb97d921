"""Backtests that are kept, with what gives them again."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field

from adapters.postgres.runs import RunRow, run, runs
from web.database import Db
from web.encoding import json_response
from web.lists import ListQuery, Nothing, Page, cut
from web.problems import documented, not_found

router = APIRouter(prefix="/v1", tags=["backtests"], responses=documented())


class BacktestsQuery(ListQuery):
    """Which backtests."""

    strategy: str | None = Field(None, description="the name of a strategy")


@router.get("/backtests", response_model=Page[RunRow])
def list_backtests(db: Db, asked: Annotated[BacktestsQuery, Query()]) -> Response:
    """Backtests, newest first; their trades are told by the command that ran them."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return cut(
        db.ask(lambda connection: runs(connection, **wanted)),
        asked.limit,
        lambda row: str(row.id),
    )


@router.get("/backtests/{id}", response_model=RunRow, responses=documented(404))
def show_backtest(
    db: Db,
    id_: Annotated[int, Path(alias="id", ge=1, le=2**63 - 1, description="the number of a run")],
    _: Annotated[Nothing, Query()],
) -> Response:
    """One backtest."""
    row = db.ask(lambda connection: run(connection, id_))
    if row is None:
        raise not_found(f"There is no backtest {id_}.")
    return json_response(row)
