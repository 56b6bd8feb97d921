"""Charts as pictures, with an ETag: what did not change is neither drawn nor sent again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import AwareDatetime, Field

from adapters.charts.candle_chart import NARROWEST, WIDEST, Format, Style, draw
from adapters.charts.reading import END_OF_TIME
from domain.candles import Series
from domain.timeframes import UnknownTimeframe, timeframe
from domain.times import EPOCH, to_ms
from web.charts.content import CANDLES, chart_content, fingerprint
from web.charts.drawn import Drawn, TooManyCharts
from web.database import Db
from web.lists import Asked
from web.problems import Problem, documented, parameter_problem

PREFIX = "/v1/charts"

router = APIRouter(prefix=PREFIX, tags=["charts"], responses=documented(404))

_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in _MEDIA_TYPES.values()}},
    304: {"description": "It is the one of the ETag in If-None-Match"},
}
_MARKET = "a pair with a dash: BTC-USDT"
_TIMEFRAME = "a timeframe such as 1h"


class ChartQuery(Asked):
    """What a chart shows, and how it looks."""

    candles: int = Field(
        CANDLES, ge=1, le=1_000, description="how many candles, if there is room: 1 to 1000"
    )
    until: AwareDatetime | None = Field(
        None, description="only candles that open before this RFC 3339 time"
    )
    style: Style = Field("light", description="light or dark")
    width: int = Field(
        900, ge=NARROWEST, le=WIDEST, description=f"CSS pixels: {NARROWEST} to {WIDEST}"
    )
    v: str = Field("", max_length=40, description="anything; another one is another picture")

    @property
    def end(self) -> int:
        """No candle opens from here on (ms)."""
        return END_OF_TIME if self.until is None else to_ms(max(self.until, EPOCH))


def _series(
    exchange: Annotated[str, Path(description="the name of an exchange")],
    market: Annotated[str, Path(description=_MARKET)],
    timeframe_: Annotated[str, Path(alias="timeframe", description=_TIMEFRAME)],
) -> Series:
    try:
        return Series(exchange, pair_of(market), timeframe(timeframe_).name)
    except UnknownTimeframe as error:
        raise parameter_problem("timeframe", str(error), _TIMEFRAME) from error


async def _pictures(request: Request) -> Drawn:
    pictures: Drawn = request.app.state.charts
    return pictures


@router.get(
    "/{exchange}/{market}/{timeframe}.{format}", responses=_ANSWERS, response_class=Response
)
async def chart(
    request: Request,
    db: Db,
    pictures: Annotated[Drawn, Depends(_pictures)],
    series: Annotated[Series, Depends(_series)],
    format: Annotated[Format, Path(description="svg or png")],
    asked: Annotated[ChartQuery, Query()],
) -> Response:
    """Candles of a series with the indicators of deployed strategies, trades and orders."""
    content = await run_in_threadpool(
        db.ask,
        lambda connection: chart_content(connection, series, until=asked.end, count=asked.candles),
    )
    look = f"{asked.style}-{asked.width}-{format}-{request.app.version}"
    tag = f'"{fingerprint(content)}-{look}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    try:
        picture = await pictures.get(tag, lambda: draw(content, asked.style, format, asked.width))
    except TooManyCharts as error:
        raise Problem(503, str(error), "busy", headers={"Retry-After": "5"}) from error
    return Response(picture, headers=headers, media_type=_MEDIA_TYPES[format])


def pair_of(market: str) -> str:
    """BTC-USDT, as it stands in an address, is BTC/USDT; raises a 422 problem."""
    base, _, quote = market.rpartition("-")
    if not base or not quote:
        raise parameter_problem("market", f"{market!r} is no pair with a dash", _MARKET)
    return f"{base}/{quote}"


def name_of(series: Series) -> str:
    """How an address names a series: binance/BTC-USDT/1h."""
    return f"{series.exchange}/{series.pair.replace('/', '-')}/{series.timeframe}"


def address_of(series: Series) -> str:
    """Where the chart of a series is, without its format."""
    return f"{PREFIX}/{name_of(series)}"
