"""Running the sandbox exchange as a server."""

from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

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


def server(app: ASGIApp) -> uvicorn.Server:
    """A quiet server of HTTP alone, for `run(sockets=[...])`."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )
    )
