"""Running the sandbox exchange as a server."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.exchanges.sandbox.app import build_app
from adapters.exchanges.sandbox.settings import SandboxSettings
from adapters.listening import listening

_KEEP_ALIVE = 3_600  # seconds: a scanner's connection outlives the pauses between periods


def serve(
    settings: SandboxSettings,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until told to stop (SIGINT or SIGTERM).

    `port` 0 takes a free one; `on_ready` gets the bound port once connections are accepted.
    Raises NoCandles, and OSError where the port is taken.
    """
    app = build_app(settings)
    with listening(host, port) as listener:
        on_ready(listener.getsockname()[1])
        server(app).run(sockets=[listener])


class _Connection(HttpToolsProtocol):
    """Lets the application close its connection, and know that the server stops."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stopping = asyncio.Event()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["connection"] = self

    def shutdown(self) -> None:
        self._stopping.set()
        super().shutdown()

    def close(self) -> None:
        self.transport.close()

    async def stopping(self) -> None:
        await self._stopping.wait()


def server(app: ASGIApp) -> uvicorn.Server:
    """A quiet server of HTTP alone, for `run(sockets=[...])`."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )
    )
