"""One connection that listens to the order feed and wakes all who wait for it."""

import asyncio
import threading
from time import monotonic

import psycopg
import structlog

CHANNEL = "order_feed"

_TICK = 1.0  # seconds: all look again that often, heard or not
_GLANCE = 0.2  # seconds between looks at whether to stop
_log = structlog.get_logger()


class Bell:
    """Rings when the feed grew, and once a second in case that was not heard.

    `waiting` is asked before the feed is read: what is committed later then rings that event.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._rung = asyncio.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.count = 0

    def start(self) -> None:
        """Listen in a thread; called on the event loop that will wait."""
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=self._listen, args=[loop], name="order-feed-bell", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, soon."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2 * _TICK)

    def waiting(self) -> asyncio.Event:
        """The event of the next ring."""
        return self._rung

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            try:
                self._hear(loop)
            except psycopg.OperationalError as error:
                _log.warning("order feed: listening again in a second", reason=str(error))
                self._stop.wait(_TICK)
                self._ring_from_thread(loop)

    def _hear(self, loop: asyncio.AbstractEventLoop) -> None:
        with psycopg.connect(
            self._url, autocommit=True, application_name="papertape order feed"
        ) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._stop.is_set():
                self._ring_from_thread(loop)
                self._await_notice(connection, monotonic() + _TICK)

    def _await_notice(self, connection: psycopg.Connection, until: float) -> None:
        while not self._stop.is_set() and monotonic() < until:
            for _ in connection.notifies(timeout=_GLANCE, stop_after=1):
                return

    def _ring_from_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._stop.is_set():
            loop.call_soon_threadsafe(self.ring)

    def ring(self) -> None:
        """Wake all; on the event loop."""
        rung, self._rung = self._rung, asyncio.Event()
        self.count += 1
        rung.set()
