"""The application on a free port of loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from adapters.listening import listening
from application.tapes import TradingTape
from tests.web.recorded import Recording
from web.app import create_app
from web.context import WebContext

STARTED_AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def address(database: str) -> Iterator[str]:
    """Where the application serves the test's database."""
    with serving(database) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A client of the application."""
    with httpx.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
def paper(trading_tape: TradingTape) -> Recording:
    """The account `paper`, not opened yet."""
    return Recording(trading_tape)


@contextmanager
def serving(database: str, stopping: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """The application on a free port, until the block ends."""
    context = WebContext(database, "0.1.0", STARTED_AT, stopping)
    config = uvicorn.Config(
        create_app(context), log_level="warning", access_log=False, ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listener = listening("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
