"""Waiting for the next close: beside a clock that runs, or by moving a sandbox's clock on."""

import asyncio
from threading import Event

import httpx

_SLICE = 0.25  # seconds between looks at whether to stop


class RunningPace:
    """Beside a clock that runs `speed` times as fast as ours; reads `delay` seconds after."""

    def __init__(self, stop: Event, *, speed: float = 1.0, delay: float = 0.0) -> None:
        self._stop = stop
        self._speed = speed
        self._delay = delay

    async def until(self, close: int, now: int, spent: float) -> bool:
        """Sleep until the close; False when told to stop."""
        left = (close - now) / 1000 / self._speed + self._delay - spent
        while left > 0 and not self._stop.is_set():
            await asyncio.sleep(min(left, _SLICE))
            left -= _SLICE
        return not self._stop.is_set()


class LockstepPace:
    """Moves a standing sandbox clock to the next close, once all before it is recorded."""

    def __init__(self, stop: Event, url: str) -> None:
        self._stop = stop
        self._client = httpx.AsyncClient(base_url=url, timeout=10)

    async def until(self, close: int, now: int, spent: float) -> bool:  # noqa: ARG002
        """Advance to the close; False where the sandbox's time ends, or when told to stop."""
        answer = await self._client.post("/sandbox/advance", params={"to": close})
        answer.raise_for_status()
        return bool(answer.json()["now"] >= close) and not self._stop.is_set()

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()
