"""The web server beside the workers of this process."""

import ipaddress
import socket
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from threading import Event, Thread

from adapters.listening import listening
from adapters.settings import BadSettings
from jobs.stack import Stack
from web.context import WebContext
from web.serving import serve, web_server


def open_port(host: str, port: int) -> socket.socket:
    """Listen on loopback; raises BadSettings."""
    if not _is_loopback(host):
        raise BadSettings(f"host {host}: without a key only loopback may be served; use 127.0.0.1")
    try:
        return listening(host, port)
    except OSError as error:
        raise BadSettings(
            f"port {port} on {host}: {error.strerror}. Choose another with --port, "
            "or a free one with --port 0."
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: only this one is ours for sure
        return host == "localhost"


def address(listener: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_until_stopped(url: str, listener: socket.socket, stop: Event) -> None:
    """Serve until a signal comes or a worker failed."""
    context = WebContext(url, version("papertape"), datetime.now(UTC), stop.is_set)
    server = web_server(context)

    def end_with_workers() -> None:
        stop.wait()
        server.should_exit = True

    Thread(target=end_with_workers, daemon=True).start()
    with suppress(KeyboardInterrupt):  # being stopped is how serving ends
        serve(server, listener)
    stop.set()


def serve_beside(stack: Stack, url: str, listener: socket.socket) -> None:
    """Serve as long as the stack works."""
    serve_until_stopped(url, listener, stack.stop)
    stack.check()
