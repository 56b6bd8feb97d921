"""Charts that were drawn, kept while they are asked for."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

MOST = 32_000_000
"""Bytes of all pictures that are kept."""

_BUSY = 64


class TooManyCharts(RuntimeError):
    """So many charts wait to be drawn that another one would wait too long."""


class Drawn:
    """The pictures last asked for, of at most `capacity` bytes together.

    They are drawn one after the other on a thread of their own, each once, whoever asks for it at
    the same time. Ask from one event loop only.
    """

    def __init__(self, capacity: int = MOST) -> None:
        self._capacity = capacity
        self._kept = 0
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Future[bytes]] = {}
        self._thread = ThreadPoolExecutor(1, "charts")

    async def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """The picture of a key, drawn if it is not here. Raises TooManyCharts."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if key not in self._coming:
            self._begin(key, draw)
        return await asyncio.shield(self._coming[key])

    def close(self) -> None:
        """Draw nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _begin(self, key: Hashable, draw: Callable[[], bytes]) -> None:
        if len(self._coming) >= _BUSY:
            raise TooManyCharts(TooManyCharts.__doc__)
        coming = asyncio.get_running_loop().run_in_executor(self._thread, draw)
        self._coming[key] = coming
        coming.add_done_callback(lambda done: self._end(key, done))

    def _end(self, key: Hashable, done: "asyncio.Future[bytes]") -> None:
        del self._coming[key]
        if not done.cancelled() and done.exception() is None:
            self._keep(key, done.result())

    def _keep(self, key: Hashable, picture: bytes) -> None:
        self._pictures[key] = picture
        self._kept += len(picture)
        while self._kept > self._capacity:
            _, oldest = self._pictures.popitem(last=False)
            self._kept -= len(oldest)
