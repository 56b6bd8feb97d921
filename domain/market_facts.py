"""The facts of the market tape: what an exchange said, when, and what it did not say."""

from datetime import datetime
from decimal import Decimal

from domain.candles import Candle, Series
from domain.facts import Fact
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms


class MarketListed(Fact, frozen=True):
    """A market was seen for the first time, with the rules of that day."""

    exchange: str
    pair: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    maker: Decimal
    taker: Decimal


class MarketRulesChanged(MarketListed, frozen=True):
    """A market's rules are different from `at` on."""


class MarketDelisted(Fact, frozen=True):
    """A market is not offered any more, from `at` on. One that comes back is listed again."""

    exchange: str
    pair: str
    reason: str


class CandleClosed(Fact, frozen=True):
    """A period of a market is over. `at` is its close."""

    exchange: str
    pair: str
    timeframe: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def series(self) -> Series:
        return Series(self.exchange, self.pair, self.timeframe)

    @property
    def open_time(self) -> int:
        return to_ms(self.at) - timeframe(self.timeframe).ms

    @property
    def candle(self) -> Candle:
        return Candle(self.open_time, self.open, self.high, self.low, self.close, self.volume)


class CandleRevised(CandleClosed, frozen=True):
    """The exchange changed a candle that had closed; both values stay on the tape."""


class PeriodClosed(Fact, frozen=True):
    """All candles of a period are in, or are not coming. Only this makes trading act.

    `at` is the close; `seen_at` the exchange's clock when it was scanned; `missing` the pairs
    without a candle.
    """

    exchange: str
    timeframe: str
    seen_at: datetime
    markets: int
    missing: list[str]


class ScanFailed(Fact, frozen=True):
    """A market could not be read; `at` is the exchange's clock, or the last known."""

    exchange: str
    pair: str
    timeframe: str
    reason: str


class MarketRevalidated(Fact, frozen=True):
    """A market that could not be read for so many scans (`failures`) is well again."""

    exchange: str
    pair: str
    timeframe: str
    failures: int


class GapFound(Fact, frozen=True):
    """A series has a hole that no quiet explains: later candles are there, these are not.

    `since` is the open of the first missing candle, `until` that of the next one that is there,
    `candles` how many are missing. `reason` is `outage`, or `out of reach` where the exchange
    keeps only newer ones. `at` is the close of the next candle that is there.
    """

    exchange: str
    pair: str
    timeframe: str
    since: datetime
    until: datetime
    candles: int
    reason: str

    @property
    def series(self) -> Series:
        return Series(self.exchange, self.pair, self.timeframe)


class GapFilled(Fact, frozen=True):
    """Candles came that were missing in a gap: a run from `since` up to `until`.

    `at` is the exchange's clock, or the close of the run's last candle where none was asked.
    """

    exchange: str
    pair: str
    timeframe: str
    since: datetime
    until: datetime
    candles: int

    @property
    def series(self) -> Series:
        return Series(self.exchange, self.pair, self.timeframe)


class ExchangeStalled(Fact, frozen=True):
    """An exchange shows no sign of life, or none that can be true. `at` is its last known clock."""

    exchange: str
    reason: str


class ExchangeResumed(Fact, frozen=True):
    """A stalled exchange lives again; `since` is when it stalled."""

    exchange: str
    since: datetime


def candle_closed(series: Series, candle: Candle) -> CandleClosed:
    """The fact that a candle closed."""
    return CandleClosed(from_ms(candle.open_time + series.frame.ms), *series, *candle[1:])


def candle_revised(series: Series, candle: Candle) -> CandleRevised:
    """The fact that a closed candle has other values now."""
    return CandleRevised(from_ms(candle.open_time + series.frame.ms), *series, *candle[1:])


def market_rules(fact: MarketListed) -> MarketRules:
    """The rules that a listing or a change states."""
    return MarketRules(**{name: getattr(fact, name) for name in MarketRules.__struct_fields__})
