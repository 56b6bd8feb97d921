"""What an account sees when a period has closed."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

import msgspec

from domain.account.fills import is_quiet
from domain.account.terms import ExitPlan, Side
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import span_of

NO_PLAN = ExitPlan()


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """What a strategy thinks of a market at a candle's close.

    An entry has fixed prices `stop` and `target`, or `exits` relative to its fill; `limit` and
    `trigger` make it a limit, stop or stop-limit order. `trail_long` and `trail_short` are where
    the stops of open trades belong. `strength` ranks entries; `volatility` is the market's move in
    a period as a share of its price. `valid_for` periods it may wait, else as the account says.
    """

    strategy: str
    pair: str
    enter: Side | None
    exit: Side | None
    close: Decimal
    stop: Decimal | None
    target: Decimal | None
    indicators: dict[str, Decimal]
    limit: Decimal | None = None
    trigger: Decimal | None = None
    exits: ExitPlan = NO_PLAN
    trail_long: Decimal | None = None
    trail_short: Decimal | None = None
    strength: Decimal | None = None
    volatility: Decimal | None = None
    valid_for: int | None = None


class Failure(NamedTuple):
    """A strategy's own code failed at a market's candle."""

    strategy: str
    pair: str
    error: str


class CandlesOfPeriod(Protocol):
    """The period's candles by pair, made exact only when asked for."""

    def get(self, pair: str, /) -> Candle | None: ...


class History(Protocol):
    """Candles on the tape, up to the period."""

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        ...

    def last(self, pair: str) -> Decimal | None:
        """The close of the newest candle up to the period."""
        ...


class Period(msgspec.Struct, frozen=True):
    """One closed period of an exchange: all that a decision may know.

    `late` holds candles that came after their own period had closed, oldest first; `delisted` the
    pairs that the exchange does not offer any more, though their rules are known.
    """

    exchange: str
    timeframe: str
    closed_at: datetime
    seen_at: datetime
    candles: CandlesOfPeriod
    rules: Mapping[str, MarketRules]
    history: History
    opinions: Sequence[Opinion] = ()
    failures: Sequence[Failure] = ()
    late: Sequence[tuple[str, Candle]] = ()
    delisted: Set[str] = frozenset()

    @property
    def span(self) -> timedelta:
        return span_of(self.timeframe)

    @property
    def is_caught_up(self) -> bool:
        """Whether the period was only seen when the next one was over as well."""
        is_late = self.seen_at > self.closed_at
        return is_late and self.seen_at >= self.closed_at + self.span

    def traded(self, pair: str) -> Candle | None:
        """The candle of a pair, if anything was traded."""
        candle = self.candles.get(pair)
        return None if candle is None or is_quiet(candle) else candle
