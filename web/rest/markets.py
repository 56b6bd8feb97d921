"""Markets and their candles."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, Field

from adapters.postgres.candles import CandleTable
from domain.candles import Candle, Candles, Series
from domain.times import EPOCH, from_ms, to_ms
from projections.markets import MarketRow, markets
from web.database import Connection, Db
from web.encoding import rfc3339
from web.lists import LIMIT, Asked, NamedListQuery, Page, cut, named_page
from web.problems import documented, not_found

router = APIRouter(prefix="/v1", tags=["markets"], responses=documented())

_END_OF_TIME = 2**62


class MarketsQuery(NamedListQuery):
    """Which markets."""

    exchange: str | None = Field(None, description="the name of an exchange")


class CandlesQuery(Asked):
    """Which candles of which series."""

    exchange: str = Field(description="the name of an exchange")
    pair: str = Field(description="a pair such as BTC/USDT")
    timeframe: str = Field(description="a timeframe such as 1h")
    limit: int = LIMIT
    before: AwareDatetime | None = Field(
        None, description="only candles that open before this RFC 3339 time, such as `next`"
    )

    @property
    def series(self) -> Series:
        return Series(self.exchange, self.pair, self.timeframe)

    @property
    def until(self) -> int:
        """The last open time (ms) that is wanted."""
        return _END_OF_TIME if self.before is None else to_ms(max(self.before, EPOCH)) - 1


@dataclass(frozen=True, slots=True)
class CandleRow:
    """A closed candle."""

    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@router.get("/markets", response_model=Page[MarketRow])
def list_markets(db: Db, asked: Annotated[MarketsQuery, Query()]) -> Response:
    """Markets by exchange and pair, with the rules of today."""
    rows = db.ask(lambda connection: markets(connection, exchange=asked.exchange))
    return named_page(rows, asked, lambda row: f"{row.exchange} {row.pair}")


@router.get("/candles", response_model=Page[CandleRow], responses=documented(404))
def list_candles(db: Db, asked: Annotated[CandlesQuery, Query()]) -> Response:
    """Closed candles of a series as they are known now, newest first; walked by `before`."""
    found = db.ask(
        lambda connection: newest_candles(connection, asked.series, asked.until, asked.limit + 1)
    )
    rows = [_row(found.candle(place)) for place in reversed(range(len(found)))]
    return cut(rows, asked.limit, lambda row: rfc3339(row.open_time))


def newest_candles(connection: Connection, series: Series, until: int, count: int) -> Candles:
    """The last candles with open time <= `until` (ms); raises a 404 problem."""
    if not _is_known(connection, series):
        raise not_found(f"There are no candles of {series}.")
    table = CandleTable(connection, series.exchange, series.timeframe)
    return table.newest([series.pair], until, head(connection, "market"), count)[series.pair]


def head(connection: Connection, tape: str) -> int:
    """The newest position of a tape."""
    row = connection.execute(_HEADS[tape]).fetchone()
    return 0 if row is None else int(row[0])


_HEADS = {
    "market": "SELECT coalesce(max(notification_id), 0) FROM market.tape_events",
    "trading": "SELECT coalesce(max(notification_id), 0) FROM trading.tape_events",
}


def _is_known(connection: Connection, series: Series) -> bool:
    known = connection.execute(
        "SELECT FROM market.series WHERE exchange = %s AND pair = %s AND timeframe = %s", series
    )
    return known.fetchone() is not None


def _row(candle: Candle) -> CandleRow:
    return CandleRow(from_ms(candle.open_time), *candle[1:])
