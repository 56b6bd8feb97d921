"""Where the sandbox exchange's candles come from: what the files and the simulator both give."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from adapters.candle_folders import LEAST_NOTIONAL, NoCandles
from domain.candles import Candles
from domain.timeframes import Timeframe, timeframe


class SandboxMarket(NamedTuple):
    """A pair with its price step, quantity step and least turnover of an order."""

    pair: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal = LEAST_NOTIONAL
    trading: bool = True

    @property
    def base(self) -> str:
        return self.pair.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.pair.partition("/")[2]

    @property
    def id(self) -> str:
        return self.base + self.quote


class Source(Protocol):
    """Final candles of some pairs in some timeframes, whatever the clock says."""

    @property
    def pairs(self) -> Sequence[str]: ...

    def timeframes(self, pair: str) -> Sequence[str]:
        """The pair's timeframes, shortest first."""
        ...

    def market(self, pair: str) -> SandboxMarket: ...

    def span(self, pair: str, frame: Timeframe) -> tuple[int, int]:
        """First and last open time (ms); the first is the greater where there is no candle."""
        ...

    def candles(self, pair: str, frame: Timeframe, start: int, stop: int) -> Candles:
        """The candles with `start <= open_time < stop`, oldest first."""
        ...


def shortest_first(names: set[str]) -> list[str]:
    """Names of timeframes in order of their length."""
    return sorted(names, key=lambda name: timeframe(name).ms)


def all_timeframes(source: Source) -> list[str]:
    """The names of a source's timeframes, shortest first."""
    return shortest_first({name for pair in source.pairs for name in source.timeframes(pair)})


def whole_span(source: Source) -> tuple[int, int]:
    """From the first open to the last close (ms) over all series of a source."""
    spans = [
        (first, last + frame.ms)
        for pair in source.pairs
        for frame in map(timeframe, source.timeframes(pair))
        for first, last in [source.span(pair, frame)]
        if first <= last
    ]
    if not spans:
        raise NoCandles(NoCandles.__doc__)
    return min(first for first, _ in spans), max(close for _, close in spans)
