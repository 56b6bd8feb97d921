"""Running the web layer on a socket that already listens."""

import socket

import uvicorn

from web.app import create_app
from web.context import WebContext


def web_server(context: WebContext) -> uvicorn.Server:
    """A server for `run(sockets=[...])`; it ends at SIGINT, SIGTERM or `should_exit`."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(context),
            http="httptools",
            ws="none",
            loop="asyncio",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )


def serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until told to stop."""
    with listener:
        server.run(sockets=[listener])
