"""Charts as pictures, with an ETag: what did not change is neither drawn nor sent again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from adapters.charts.candle_chart import draw
from domain.candles import Series
from web.charts.content import chart_content, fingerprint
from web.charts.drawn import Drawn
from web.database import Db
from web.lists import Asked
from web.problems import documented

router = APIRouter(prefix="/charts", tags=["charts"], responses=documented(404))

_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_drawn = Drawn()


class ChartQuery(Asked):
    """How a chart looks."""

    style: Literal["light", "dark"] = Field("light", description="light or dark")
    width: int = Field(900, ge=320, le=2_400, description="CSS pixels: 320 to 2400")
    v: str = Field("", max_length=40, description="anything; another one is another picture")


@router.get(
    "/{exchange}/{market}/{timeframe}.{format}",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in _MEDIA_TYPES.values()}}},
)
def chart(
    request: Request,
    db: Db,
    exchange: Annotated[str, Path(description="the name of an exchange")],
    market: Annotated[str, Path(description="a pair with a dash: BTC-USDT")],
    timeframe: Annotated[str, Path(description="a timeframe such as 1h")],
    format: Annotated[Literal["svg", "png"], Path(description="svg or png")],
    asked: Annotated[ChartQuery, Query()],
) -> Response:
    """The newest candles of a series with indicators and trades."""
    series = Series(exchange, pair_of(market), timeframe)
    content = db.ask(lambda connection: chart_content(connection, series))
    tag = f'"{fingerprint(content)}-{asked.style}-{asked.width}-{format}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    picture = _drawn.get(tag, lambda: draw(content, asked.style, format, asked.width))
    return Response(picture, headers=headers, media_type=_MEDIA_TYPES[format])


def pair_of(market: str) -> str:
    """BTC-USDT, as it stands in an address, is BTC/USDT."""
    base, _, quote = market.rpartition("-")
    return f"{base}/{quote}"


def address_of(series: Series) -> str:
    """Where the chart of a series is, without its format."""
    return f"/charts/{series.exchange}/{series.pair.replace('/', '-')}/{series.timeframe}"
