"""Markets that come, go, stand still, and change their rules."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np

from adapters.exchanges.sandbox.faults.kinds import (
    FOREVER,
    Delisted,
    Halted,
    Listed,
    MarketEvent,
    Rules,
)
from adapters.exchanges.sandbox.sources import SandboxMarket, Source
from domain.candles import Candles
from domain.timeframes import Timeframe
from domain.times import to_ms

Span = tuple[int, int]


class Markets:
    """A source's markets as they are at any moment, and the source while they are listed."""

    def __init__(self, faults: Iterable[tuple[int, object]], source: Source) -> None:
        self._source = source
        events = [fault for _, fault in faults if isinstance(fault, MarketEvent)]
        self._events = sorted(events, key=lambda event: _moments(event)[0])
        self._changes = sorted({at for event in self._events for at in _moments(event)})
        self._listed = {
            event.pair: _listed_spans(event.pair, self._events)
            for event in self._events
            if isinstance(event, Listed | Delisted)
        }
        self.source: Source = ListedCandles(source, self._listed) if self._listed else source

    def stage(self, now: int) -> int:
        """How many changes have come; between two changes all markets stay as they are."""
        return bisect_right(self._changes, now)

    def is_listed(self, pair: str, now: int) -> bool:
        spans = self._listed.get(pair)
        return spans is None or any(start <= now < end for start, end in spans)

    def gone_at(self, pair: str, now: int) -> int:
        """The end (ms) of the pair's last listing that began by now, or now."""
        ends = [end for start, end in self._listed.get(pair, ()) if start <= now]
        return min(now, max(ends, default=now))

    def listed(self, now: int) -> list[str]:
        """The pairs that are listed now."""
        return [pair for pair in self._source.pairs if self.is_listed(pair, now)]

    def market(self, pair: str, now: int) -> SandboxMarket:
        """The market with its rules, and whether it trades now."""
        market = self._source.market(pair)
        for event in self._events:
            if event.pair == pair:
                market = _changed(market, event, now)
        return market


class ListedCandles:
    """A source's candles that opened while their pair was listed."""

    def __init__(self, source: Source, listed: dict[str, list[Span]]) -> None:
        self._source = source
        self._listed = listed
        self.pairs = source.pairs
        self.timeframes = source.timeframes
        self.market = source.market

    def span(self, pair: str, frame: Timeframe) -> Span:
        first, last = self._source.span(pair, frame)
        spans = self._listed.get(pair)
        if spans is None or first > last:
            return first, last
        start, end = spans[0][0], spans[-1][1]
        return max(first, start + (frame.anchor - start) % frame.ms), min(
            last, frame.open_of(end - 1)
        )

    def candles(self, pair: str, frame: Timeframe, start: int, stop: int) -> Candles:
        candles = self._source.candles(pair, frame, start, stop)
        spans = self._listed.get(pair)
        if spans is None:
            return candles
        times = candles.open_time
        kept = np.zeros(len(candles), dtype=bool)
        for begin, end in spans:
            kept |= (times >= begin) & (times < end)
        return _chosen(candles, kept)


def _chosen(candles: Candles, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Candles:
    names = ("open_time", "open", "high", "low", "close", "volume")
    return Candles(*(getattr(candles, name)[kept] for name in names))


def _moments(event: MarketEvent) -> Sequence[int]:
    return (event.begin, event.end) if isinstance(event, Halted) else (to_ms(event.at),)


def _listed_spans(pair: str, events: Iterable[MarketEvent]) -> list[Span]:
    """When the pair is listed; from the beginning unless its first event lists it."""
    changes = sorted(
        (to_ms(event.at), isinstance(event, Listed))
        for event in events
        if event.pair == pair and isinstance(event, Listed | Delisted)
    )
    spans: list[Span] = []
    start = -FOREVER if not changes or not changes[0][1] else None
    for at, comes in changes:
        if comes and start is None:
            start = at
        elif not comes and start is not None:
            spans.append((start, at))
            start = None
    return spans if start is None else [*spans, (start, FOREVER)]


def _changed(market: SandboxMarket, event: MarketEvent, now: int) -> SandboxMarket:
    match event:
        case Halted() if event.holds(now):
            return market._replace(trading=False)
        case Rules() if to_ms(event.at) <= now:
            return market._replace(
                tick=market.tick if event.tick is None else event.tick,
                lot=market.lot if event.lot is None else event.lot,
                min_notional=market.min_notional
                if event.min_notional is None
                else event.min_notional,
            )
    return market
