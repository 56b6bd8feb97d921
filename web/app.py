"""The FastAPI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.charts import routes as charts
from web.charts.drawn import Drawn
from web.context import WebContext
from web.database import Database
from web.feed import routes as order_feed
from web.feed.bell import Bell
from web.feed.waiting import Feed
from web.pages import routes as pages
from web.problems import answer_with_problems, describe_problems
from web.rest import backtests, commands, markets, scanning, status, trading

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(context: WebContext) -> FastAPI:
    """REST, order feed, charts and the page over one database.

    The server must run the application's lifespan: it opens the connections.
    """
    app = FastAPI(
        title="Papertape",
        version=context.version,
        summary="A paper-trading bot that keeps the tape.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    for rest in (status, scanning, markets, trading, backtests, commands):
        app.include_router(rest.router)
    app.include_router(order_feed.router)
    app.include_router(charts.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(WithHeaders)
    answer_with_problems(app)
    describe_problems(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: WebContext = app.state.context
    database, bell = Database(context.database_url, context.connections), Bell(context.database_url)
    app.state.database = database
    app.state.feed = Feed(database, bell, context.stopping)
    app.state.charts = charts_drawn = Drawn()
    database.open()
    bell.start()
    yield
    charts_drawn.close()
    bell.stop()
    database.close()


class WithHeaders:
    """Adds the headers that keep browsers safe, where an answer has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
