"""The page, as HTML: all there is without JavaScript, and live with it."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import Field

from web.charts.routes import name_of
from web.database import Db
from web.encoding import rfc3339
from web.lists import Asked
from web.pages import words
from web.pages.overview import overview

LIVE = "Papertape-Live"

router = APIRouter(include_in_schema=False)

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(name_of=name_of, words=words)
_templates.filters["rfc3339"] = rfc3339


class PageQuery(Asked):
    """What the page shows."""

    chart: str | None = Field(None, max_length=200, description="exchange/BASE-QUOTE/timeframe")


@router.get("/")
def page(request: Request, db: Db, asked: Annotated[PageQuery, Query()]) -> Response:
    """The overview; with the header Papertape-Live without the list of all markets."""
    content = db.ask(lambda connection: overview(connection, asked.chart))
    html = _templates.get_template("overview.html").render(
        page=content,
        version=request.app.version,
        live=LIVE in request.headers,
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store", "Vary": LIVE})
