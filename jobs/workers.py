"""Workers: each does one thing, remembers nothing, and begins anew when the outside fails.

A database that went away or an exchange that does not answer is waited for, ever longer. Any
other error is a fault in the program: the worker stops, says why, and the process ends with it.
"""

import time
from collections.abc import Callable
from threading import Event, Thread

import httpx
import psycopg
import structlog
from eventsourcing import persistence
from psycopg_pool import PoolTimeout

from application.ports import ExchangeError
from projections.projector import PositionMoved

OUTSIDE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    persistence.OperationalError,
    persistence.InterfaceError,
    persistence.InternalError,
    persistence.IntegrityError,
    PoolTimeout,
    PositionMoved,
    ExchangeError,
    httpx.TransportError,
)
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
REFUSALS = 10
"""So often in a row the tape may refuse a fact before it is no accident any more."""

log = structlog.get_logger()


class Worker(Thread):
    """Does its work until it is done or told to stop; a failure is kept for who looks after it."""

    def __init__(self, name: str, work: Callable[[], None], stop: Event) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._stop_asked = stop
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Work; after a failure outside, pause and begin anew."""
        pause, refusals = FIRST_PAUSE, 0
        while not self._stop_asked.is_set():
            began = time.monotonic()
            try:
                self._work()
            except OUTSIDE as error:
                if time.monotonic() - began > LONGEST_PAUSE:
                    pause, refusals = FIRST_PAUSE, 0
                refusals += isinstance(error, persistence.IntegrityError)
                if refusals >= REFUSALS:
                    self._fail(error)
                    return
                log.warning(f"{self.name}: begins anew", why=_first_line(error), seconds=pause)
                self._stop_asked.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except BaseException as error:  # noqa: BLE001 raised again by Stack.check
                self._fail(error)
                return
            else:
                return

    def _fail(self, error: BaseException) -> None:
        self.failure = error
        self._stop_asked.set()


def keep_alive(revive: Callable[[], None], stop: Event) -> None:
    """Bring the embedded server back within a second of its end."""
    while not stop.wait(0.5):
        revive()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
