"""Waiting for the next close: beside a clock that runs, or by moving a sandbox's clock on."""

import asyncio
import time
from threading import Event

import httpx

_SLICE = 0.25  # seconds between looks at whether to stop


class RunningPace:
    """Beside a clock that runs `speed` times as fast as ours; a real one agrees with ours."""

    def __init__(self, stop: Event, *, speed: float = 1.0, is_real: bool = True) -> None:
        self._stop = stop
        self._speed = speed
        self._is_real = is_real

    @property
    def stopped(self) -> bool:
        """Whether we were told to stop."""
        return self._stop.is_set()

    def wall(self) -> int | None:
        """Our own clock (ms), where theirs is real."""
        return int(time.time() * 1000) if self._is_real else None

    async def until(self, moment: int, now: int, spent: float) -> bool:
        """Sleep until the moment; False when told to stop."""
        left = (moment - now) / 1000 / self._speed - spent
        while left > 0 and not self._stop.is_set():
            await asyncio.sleep(min(left, _SLICE))
            left -= _SLICE
        return not self._stop.is_set()


class LockstepPace:
    """Moves a standing sandbox clock to the next close, once all before it is recorded."""

    def __init__(self, stop: Event, url: str) -> None:
        self._stop = stop
        self._client = httpx.AsyncClient(base_url=url, timeout=10)
        self._reached: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether we were told to stop."""
        return self._stop.is_set()

    def wall(self) -> int | None:
        """None: its time has nothing to do with ours."""
        return None

    async def until(self, moment: int, now: int, spent: float) -> bool:  # noqa: ARG002
        """Advance to the moment; False where the sandbox's time ends, or when told to stop.

        A clock that lies may be at `now` still when the true one has passed the moment: it moves
        on by as much as is missing.
        """
        if self.stopped:
            return False
        before = await self._advance(0) if self._reached is None else self._reached
        reached = await self._advance(moment)
        if reached == before:
            reached = await self._advance(before + max(moment - now, 1))
        self._reached = reached
        return before < reached and moment <= reached and not self.stopped

    async def _advance(self, to: int) -> int:
        """Move the clock to a moment, unless it is there already; where it is then."""
        answer = await self._client.post("/sandbox/advance", params={"to": to})
        answer.raise_for_status()
        return int(answer.json()["now"])

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()
