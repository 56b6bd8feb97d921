"""Request weight as Binance counts it, in minutes of real time."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from adapters.exchanges.sandbox.faults.kinds import Limit

MINUTE = 60
_TOLERATED = 5  # requests in spite of a refusal, before the ban
_OF_ONE = {"klines": 2, "exchangeInfo": 20, "time": 1, "ping": 1}
_TICKERS = {"24hr": (2, 80), "price": (2, 4), "bookTicker": (2, 4)}


def weight_of(path: str, parameters: Mapping[str, str]) -> int:
    """The weight of a request to `/api/v3/` and this path."""
    first, _, ticker = path.partition("/")
    if not ticker:
        return _OF_ONE[first]
    one, all_markets = _TICKERS[ticker]
    return one if "symbol" in parameters else all_markets


class Refusal(NamedTuple):
    """A request over the limit: 429, or 418 for who is banned, and for how many seconds."""

    status: int
    retry_after: int


class Weight:
    """How much was asked, refused requests included, and who must wait."""

    def __init__(self, limit: Limit, now: Callable[[], float] = time.time) -> None:
        self.limit = limit.weight
        self.used = 0
        self.refused = 0
        self.most_in_a_minute = 0
        self._ban_seconds = limit.ban_seconds
        self._now = now
        self._minute = -1
        self._over = 0
        self._banned_until = 0.0
        self._window: deque[tuple[float, int]] = deque()
        self._in_window = 0

    def spend(self, weight: int) -> Refusal | None:
        """Count a request; what becomes of it if it is not answered."""
        now = self._now()
        if now // MINUTE != self._minute:
            self._minute, self.used, self._over = int(now // MINUTE), 0, 0
        self.used += weight
        self._slide(now, weight)
        refusal = self._refusal(now) if self.limit is not None else None
        self.refused += refusal is not None
        return refusal

    def _slide(self, now: float, weight: int) -> None:
        """Keep the last sixty seconds, and remember the fullest."""
        self._window.append((now, weight))
        self._in_window += weight
        while self._window[0][0] <= now - MINUTE:
            self._in_window -= self._window.popleft()[1]
        self.most_in_a_minute = max(self.most_in_a_minute, self._in_window)

    def _refusal(self, now: float) -> Refusal | None:
        if now < self._banned_until:
            return Refusal(418, math.ceil(self._banned_until - now))
        if self.limit is None or self.used <= self.limit:
            return None
        self._over += 1
        if self._over > 1 + _TOLERATED:
            self._banned_until = now + self._ban_seconds
            return Refusal(418, math.ceil(self._ban_seconds))
        return Refusal(429, math.ceil((self._minute + 1) * MINUTE - now))
