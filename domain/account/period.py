"""What an account sees when a period has closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from domain.account.facts import Side
from domain.candles import Candle
from domain.markets import MarketRules


class Opinion(NamedTuple):
    """What a strategy thinks of a market at a candle's close."""

    strategy: str
    pair: str
    enter: Side | None
    exit: Side | None
    close: Decimal
    stop: Decimal | None
    target: Decimal | None
    indicators: dict[str, Decimal]


class CandlesOfPeriod(Protocol):
    """The period's candles by pair, made exact only when asked for."""

    def get(self, pair: str, /) -> Candle | None: ...


class History(Protocol):
    """Highs and lows of candles on the tape."""

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        ...


@dataclass(frozen=True, slots=True)
class Period:
    """One closed period of an exchange: all that a decision may know.

    `late` holds candles that came after their own period had closed, oldest first.
    """

    exchange: str
    timeframe: str
    closed_at: datetime
    seen_at: datetime
    candles: CandlesOfPeriod
    rules: Mapping[str, MarketRules]
    history: History
    opinions: Sequence[Opinion] = ()
    late: Sequence[tuple[str, Candle]] = field(default=())
