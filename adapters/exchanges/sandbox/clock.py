"""The sandbox exchange's clock: it runs at a speed, or stands until it is told to advance."""

import time
from collections.abc import Callable


class ClockRuns(Exception):
    """A clock that runs at a speed cannot be advanced by hand."""


class SandboxClock:
    """Market time in ms from `start` on, never backwards and never beyond `end`.

    `speed` is market seconds for each second of `monotonic`; None stands in lockstep.
    """

    def __init__(
        self,
        start: int,
        *,
        speed: float | None = None,
        end: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self.end = end
        self._start = self._until_end(start)
        self._monotonic = monotonic
        self._since = monotonic()

    @property
    def mode(self) -> str:
        return "lockstep" if self.speed is None else "speed"

    def now(self) -> int:
        if self.speed is None:
            return self._start
        elapsed = self._monotonic() - self._since
        return self._until_end(self._start + int(elapsed * self.speed * 1000))

    def advance(self, to: int) -> int:
        """Move a standing clock to `to`, or leave it if it is there already; gives the time."""
        if self.speed is not None:
            raise ClockRuns(ClockRuns.__doc__)
        self._start = max(self._start, self._until_end(to))
        return self._start

    def _until_end(self, moment: int) -> int:
        return moment if self.end is None else min(moment, self.end)
