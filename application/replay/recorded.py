"""What a replay asks of a recorded market tape, one exchange at a time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from application.ports import MarketHistory
from domain.candle_versions import CandleVersions
from domain.candles import Times
from domain.market_facts import MarketDelisted, MarketListed

NO_TIMES: Times = np.empty(0, dtype=np.int64)


class Periods(NamedTuple):
    """Closed periods of a timeframe by column: position on the tape, close and `seen_at` (ms)."""

    position: Times
    close: Times
    seen_at: Times


class Came(NamedTuple):
    """Candles as they came, by column: position on the tape, market's number, open time (ms)."""

    position: Times
    market: Times
    open_time: Times


class Part(NamedTuple):
    """What is on a part of the tape in one timeframe."""

    periods: Periods = Periods(NO_TIMES, NO_TIMES, NO_TIMES)
    came: Came = Came(NO_TIMES, NO_TIMES, NO_TIMES)


class ClosedAt(NamedTuple):
    """A closed period: its position on the tape, timeframe, close and `seen_at` (ms)."""

    position: int
    timeframe: str
    close: int
    seen_at: int


class VersionedHistory(MarketHistory, Protocol):
    """Candles of a timeframe as of a position, and all that was ever said of them."""

    def versions(self, pair: str, since: int, until: int, as_of: int) -> CandleVersions:
        """All values of candles with `since` <= open time < `until` (ms), up to a position."""
        ...


class RecordedMarket(Protocol):
    """The market tape of one exchange."""

    @property
    def exchange(self) -> str: ...

    def markets(self, frame: str) -> Mapping[int, str]:
        """The pairs that have candles in a timeframe, by number."""
        ...

    def part(self, frames: Sequence[str], after: int, until: int) -> Mapping[str, Part]:
        """What came behind position `after` up to `until`, by timeframe."""
        ...

    def history(self, frame: str) -> VersionedHistory:
        """The candles of a timeframe."""
        ...

    def listings(self) -> Sequence[tuple[int, MarketListed | MarketDelisted]]:
        """What became of its markets, with positions, in order."""
        ...

    def period_before(self, frame: str, position: int) -> ClosedAt | None:
        """The newest closed period of a timeframe up to a position."""
        ...

    def period_behind(self, position: int) -> ClosedAt | None:
        """The first closed period, of any timeframe, behind a position."""
        ...

    def acted_before(self, position: int) -> int:
        """The position of the last event before that one that is no candle; 0 if there is none."""
        ...
