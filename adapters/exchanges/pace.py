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

    @property
    def stopped(self) -> bool:
        """Whether we were told to stop."""
        return self._stop.is_set()

    def wall(self) -> int | None:
        """None: its time has nothing to do with ours."""
        return None

    async def until(self, moment: int, now: int, spent: float) -> bool:  # noqa: ARG002
        """Advance to the moment; False where the sandbox's time ends, or when told to stop."""
        if self.stopped:
            return False
        answer = await self._client.post("/sandbox/advance", params={"to": moment})
        answer.raise_for_status()
        return bool(answer.json()["now"] >= moment) and not self.stopped

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()
