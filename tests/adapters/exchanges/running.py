"""A sandbox exchange, or any other application, on a free port for the length of a test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
from starlette.types import ASGIApp

from adapters.exchanges.sandbox import SandboxSettings, build_app
from adapters.exchanges.sandbox.faults import Fault, Faults
from adapters.exchanges.sandbox.serving import server
from adapters.listening import listening

MINUTE = 60_000
NOON = 1_735_732_800_000  # 2025-01-01T12:00Z


class Client:
    """Asks an application without a server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app: Any = app

    def get(self, path: str, params: dict[str, Any] | None = None) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, params))

    def post(self, path: str, params: dict[str, Any] | None = None) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, params))

    async def _ask(self, method: str, path: str, params: dict[str, Any] | None) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, params=params)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The address of an application served in a thread."""
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        served = server(app)
        thread = Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            served.should_exit = True
            thread.join(10)


@contextmanager
def sandbox(settings: SandboxSettings) -> Iterator[str]:
    """The address of a sandbox exchange."""
    with serving(build_app(settings)) as url:
        yield url


class Asking:
    """Asks a sandbox exchange over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def ask(self, path: str, **params: Any) -> httpx.Response:
        """The response to a public request."""
        return self.client.get(f"/api/v3/{path}", params=params)

    def klines(self, symbol: str = "BTCUSDT", interval: str = "1m", **params: Any) -> Any:
        """Rows of candles."""
        return self.ask("klines", symbol=symbol, interval=interval, **params).json()

    def published(self, symbol: str = "BTCUSDT", interval: str = "1m", **params: Any) -> Any:
        """Rows of final candles."""
        asked = {"symbol": symbol, "interval": interval, **params}
        return self.client.get("/sandbox/published", params=asked).json()

    def status(self) -> Any:
        return self.client.get("/sandbox/status").json()

    def advance(self, to: int) -> None:
        """Move the clock to `to` (ms)."""
        self.client.post("/sandbox/advance", params={"to": to}).raise_for_status()


@contextmanager
def faulty(*faults: Fault, **settings: Any) -> Iterator[Asking]:
    """A sandbox exchange with these faults, its clock at NOON unless told otherwise."""
    chosen = {"start": NOON, "faults": Faults(faults=faults), **settings}
    with sandbox(SandboxSettings(**chosen)) as url, httpx.Client(base_url=url) as client:
        yield Asking(client)
