"""What the application asks of the outside.

Errors are named by what they ask for:

    ExchangeError
    ├── ExchangeUnavailable    try again later (network, 5xx, an answer that makes no sense)
    │   └── ExchangeSaysWait   try again after so many seconds, not before (rate limit, ban)
    └── ExchangeRefused        do not repeat: the request itself was wrong
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from domain.blocks import Needed
from domain.candles import Candle, Candles
from domain.market_facts import MarketDelisted, MarketListed, market_rules
from domain.markets import MarketRules
from domain.timeframes import Timeframe


class ExchangeError(Exception):
    """An exchange did not answer as asked."""


class ExchangeUnavailable(ExchangeError):
    """The exchange cannot answer now; try again later."""


class ExchangeSaysWait(ExchangeUnavailable):
    """The exchange wants to be left alone for `seconds`; asking earlier makes it worse."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ExchangeRefused(ExchangeError):
    """The exchange understood and said no; asking again will not help."""


@dataclass(frozen=True, slots=True)
class ExchangeTraits:
    """What tells one exchange from another, as data.

    `quiet_candles`: a period without a trade comes as a flat candle of no volume, not as a hole.
    `page` is how many candles an answer holds at most, `keeps` how many of the newest it has at
    all (None: all). `at_once` is how many requests it may have open.
    """

    quiet_candles: bool = True
    page: int = 1_000
    keeps: int | None = None
    at_once: int = 50


class Exchange(Protocol):
    """Public market data of one exchange."""

    @property
    def name(self) -> str: ...

    @property
    def traits(self) -> ExchangeTraits: ...

    async def time(self) -> int:
        """The exchange's own clock, in ms."""
        ...

    async def markets(self) -> Sequence[MarketRules]:
        """Rules of every active spot market, in order of pair."""
        ...

    async def turnover(self) -> Mapping[str, Decimal]:
        """What was traded in the last 24 hours, in the quote asset, by pair."""
        ...

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        """At most `limit` candles from open time `since` (ms) on, oldest first, no time twice.

        The last one may still be forming: the caller decides by `time()`. Numbers are exact.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something asked of an exchange in vain, or an answer that could not be taken as it was.

    `asked` is what for (`time`, `markets`, `turnover`, `candles`); `kind` one of `unavailable`,
    `told to wait`, `refused`, `no answer`, `late`, `bad candle`, `clock`.
    """

    asked: str
    kind: str
    reason: str
    pair: str = ""
    timeframe: str = ""


class AttemptLog(Protocol):
    """Where attempts are kept for people to see; they are no facts."""

    def note(self, attempt: Attempt) -> None: ...

    def flush(self) -> None:
        """Write down what was noted."""
        ...


class TapeRow(Protocol):
    """An event as it lies on a tape."""

    @property
    def position(self) -> int: ...

    @property
    def originator_id(self) -> UUID: ...

    @property
    def originator_version(self) -> int: ...

    @property
    def topic(self) -> str: ...

    @property
    def state(self) -> bytes: ...


@dataclass(slots=True)
class Listings:
    """The newest rules of an exchange's markets, and which of them are not offered any more."""

    rules: dict[str, MarketRules] = field(default_factory=dict)
    delisted: set[str] = field(default_factory=set)

    def take(self, fact: MarketListed | MarketDelisted) -> None:
        """Take in what became of a market."""
        if isinstance(fact, MarketListed):
            self.rules[fact.pair] = market_rules(fact)
            self.delisted.discard(fact.pair)
        else:
            self.delisted.add(fact.pair)


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """The newest closed period of a timeframe, and the exchange's clock then. Times in ms."""

    close: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class Failing:
    """A series that could not be read for so many scans in a row; the last at `at` (ms)."""

    failures: int
    at: int


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """A gap that was found, and what of it came since. Open times in ms, `until` excluded."""

    since: int
    until: int
    filled: tuple[tuple[int, int], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether any of its candles is still missing."""
        came = sum(until - since for since, until in self.filled)
        return came < self.until - self.since


class ScanMemory(Protocol):
    """What the market tape already says of one exchange, for a scan."""

    def lead(self) -> bool:
        """Try to become the one scanner of the exchange."""
        ...

    def listed(self) -> dict[str, MarketRules]:
        """The newest recorded rules of every market that is listed and not delisted, by pair."""
        ...

    def last_period(self, timeframe: str) -> ClosedPeriod | None:
        """The newest closed period."""
        ...

    def newest(
        self, timeframe: str, pairs: Sequence[str], until: int, count: int
    ) -> Mapping[str, Candles]:
        """The last `count` recorded candles of each pair with open time <= `until` (ms)."""
        ...

    def failing(self, timeframe: str, pairs: Sequence[str]) -> dict[str, Failing]:
        """Those pairs whose last scan failed."""
        ...

    def gaps(
        self, timeframe: str, pairs: Sequence[str], since: int, until: int
    ) -> Mapping[str, Sequence[RecordedGap]]:
        """Gaps that were found and begin between two open times (ms), by pair, oldest first."""
        ...

    def stalled_since(self) -> datetime | None:
        """Since when the exchange is stalled, if it is."""
        ...


class MarketHistory(Protocol):
    """Candles of one exchange and timeframe, as of a position on the market tape."""

    def at(self, open_time: int, as_of: int) -> Mapping[str, tuple[Any, ...]]:
        """Rows (open time and five doubles) of one period, by pair."""
        ...

    def disturbed(self, closed_at: int, open_time: int, as_of: int) -> Collection[str]:
        """Pairs with a candle before this period that came, or changed, after the last closed."""
        ...

    def late(
        self, closed_at: int, open_time: int, as_of: int, since: int
    ) -> Sequence[tuple[str, Candle]]:
        """Those candles from open time `since` (ms) on, oldest first."""
        ...

    def newest(
        self, pairs: Sequence[str], until: int, as_of: int, count: int
    ) -> Mapping[str, Candles]:
        """The last `count` candles of each pair with open time <= `until` (ms)."""
        ...

    def traded(
        self, pairs: Sequence[str], until: int, as_of: int, wanted: Needed
    ) -> Mapping[str, Candles]:
        """The candles wanted of each pair, quiet ones left out, with open time <= `until` (ms)."""
        ...

    def extremes(
        self, pair: str, since: int, until: int, as_of: int
    ) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        ...


class Pace(Protocol):
    """How a scan waits for a moment of the exchange's clock."""

    @property
    def stopped(self) -> bool:
        """Whether we were told to stop."""
        ...

    def wall(self) -> int | None:
        """Our own clock (ms), where the exchange's is meant to agree with it."""
        ...

    async def until(self, moment: int, now: int, spent: float) -> bool:
        """Wait until the clock, at `now` `spent` seconds ago, has passed `moment` (ms).

        False: it never will, or we were told to stop.
        """
        ...
