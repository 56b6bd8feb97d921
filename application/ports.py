"""What the application asks of the outside.

Errors are named by what they ask for:

    ExchangeError
    ├── ExchangeUnavailable    try again later (network, 5xx, rate limit)
    └── ExchangeRefused        do not repeat: the request itself was wrong
"""

from collections.abc import Sequence
from typing import Protocol

from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import Timeframe


class ExchangeError(Exception):
    """An exchange did not answer as asked."""


class ExchangeUnavailable(ExchangeError):
    """The exchange cannot answer now; try again later."""


class ExchangeRefused(ExchangeError):
    """The exchange understood and said no; asking again will not help."""


class Exchange(Protocol):
    """Public market data of one exchange."""

    @property
    def name(self) -> str: ...

    async def time(self) -> int:
        """The exchange's own clock, in ms."""
        ...

    async def markets(self) -> Sequence[MarketRules]:
        """Rules of every active spot market, in order of pair."""
        ...

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        """At most `limit` candles from open time `since` (ms) on, oldest first.

        The last one may still be forming: the caller decides by `time()`. Numbers are exact.
        """
        ...

    async def close(self) -> None: ...
