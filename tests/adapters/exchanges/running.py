"""A sandbox exchange, or any other application, on a free port for the length of a test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
from starlette.types import ASGIApp

from adapters.exchanges.sandbox import SandboxSettings, build_app
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
