"""Long polls: thousands may wait, they hold no connection, and read together when they wake."""

import asyncio
from collections.abc import Callable

from web.database import Database
from web.feed.bell import Bell
from web.feed.cursor import Cursor
from web.feed.reading import FeedPage, read_feed

_Key = tuple[Cursor, int]


class Feed:
    """The order feed for asynchronous routes."""

    def __init__(self, database: Database, bell: Bell, stopping: Callable[[], bool]) -> None:
        self._database = database
        self._bell = bell
        self._stopping = stopping
        self._ring = 0
        self._shared: dict[_Key, asyncio.Task[FeedPage]] = {}

    async def read(self, after: Cursor | None, limit: int, wait: float) -> FeedPage:
        """Events behind a cursor; if there are none, what comes within `wait` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        rung = self._bell.waiting()
        page = await self._read(after, limit)
        while not page.items and not self._stopping():
            if not await _in_time(rung, deadline - loop.time()):
                break
            rung = self._bell.waiting()
            page = await self._read_together(page.next, limit)
        return page

    async def _read(self, after: Cursor | None, limit: int) -> FeedPage:
        return await asyncio.to_thread(
            self._database.ask, lambda connection: read_feed(connection, after, limit)
        )

    async def _read_together(self, after: Cursor, limit: int) -> FeedPage:
        """One reading for all who wake at the same place; it began after the ring they heard."""
        if self._ring != self._bell.count:
            self._ring = self._bell.count
            self._shared = {}
        key = (after, limit)
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self._read(after, limit))
        return await asyncio.shield(self._shared[key])


async def _in_time(rung: asyncio.Event, seconds: float) -> bool:
    """Whether the bell rang before the time was over."""
    if seconds <= 0:
        return False
    try:
        await asyncio.wait_for(rung.wait(), seconds)
    except TimeoutError:
        return False
    return True
