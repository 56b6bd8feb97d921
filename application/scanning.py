"""One scan of an exchange: closed candles in, `PeriodClosed` behind them.

The exchange's clock, read before the downloads, says what is closed. Facts are written in order of
(close, timeframe, pair), each period behind its own candles, whatever order the answers came in.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from application.downloads import Download, Downloads
from application.ports import Exchange, ExchangeUnavailable, ScanMemory
from application.tapes import MarketTape
from domain.blocks import block_start
from domain.candles import Series
from domain.facts import Fact
from domain.market_facts import (
    CandleClosed,
    MarketListed,
    MarketRulesChanged,
    PeriodClosed,
    ScanFailed,
    candle_closed,
    candle_revised,
)
from domain.markets import MarketRules
from domain.timeframes import Timeframe, timeframe
from domain.times import from_ms, to_ms

T = TypeVar("T")
APPEND = 5_000
"""Facts in a transaction, at most."""

LIST_EVERY = 3_600_000
"""Milliseconds between looks at which markets there are, and by which rules."""


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What to scan: pairs in canonical order, and for each timeframe the warm-up in candles.

    A scan of some pairs only does not `close` periods: the others have not been asked.
    """

    pairs: tuple[str, ...]
    warm_up: Mapping[str, int]
    closes: bool = True

    @property
    def timeframes(self) -> list[Timeframe]:
        """Shorter ones first: at an equal close they are written first."""
        return sorted(map(timeframe, self.warm_up), key=lambda frame: frame.ms)


class Scan:
    """Scans one exchange, again and again."""

    def __init__(
        self, exchange: Exchange, tape: MarketTape, memory: ScanMemory, plan: ScanPlan
    ) -> None:
        self._exchange = exchange
        self._tape = tape
        self._memory = memory
        self._plan = plan
        self._downloads = Downloads(exchange)
        self._listed_at: int | None = None
        self._warm: set[tuple[str, str]] = set()

    async def run(self) -> int:
        """Bring the tape up to the exchange's clock, which is returned (ms).

        Raises ExchangeUnavailable, with no period closed, where no market of a timeframe answers.
        """
        now = await self._exchange.time()
        if self._listed_at is None or now >= self._listed_at + LIST_EVERY:
            self._record(await self._listings(now))
            self._listed_at = now
        pending = [f for f in self._plan.timeframes if self._first_pending(f, now) <= now]
        history = [each for frame in pending for each in await self._warm_up(frame, now)]
        downloads = await self._download(pending, now)
        for frame in pending:
            _refuse_silence([each for each in (*history, *downloads) if each.frame == frame])
        self._record(self._facts(pending, downloads, now, await self._exchange.time()))
        return now

    async def close(self) -> None:
        """Let go of the exchange."""
        await self._exchange.close()

    def next_close(self, now: int) -> int:
        """The next close (ms) of any timeframe."""
        return min(frame.open_of(now) + frame.ms for frame in self._plan.timeframes)

    async def _listings(self, now: int) -> list[Fact]:
        recorded = self._memory.rules(self._plan.pairs)
        offered = {rules.pair: rules for rules in await self._exchange.markets()}
        return [
            _listing(offered[pair], now, is_new=pair not in recorded)
            for pair in self._plan.pairs
            if pair in offered and recorded.get(pair) != offered[pair]
        ]

    async def _warm_up(self, frame: Timeframe, now: int) -> list[Download]:
        """History for series that have none, or none so new: what a first block needs."""
        since = self._warm_up_start(frame, now)
        recorded = self._memory.newest(frame.name, self._plan.pairs, now)
        unknown = [
            pair
            for pair in self._plan.pairs
            if (pair not in recorded or recorded[pair].open_time < since)
            and (frame.name, pair) not in self._warm
        ]
        done: list[Download] = []
        for pairs in _batches(unknown, 16):
            first_open = self._first_pending(frame, now) - frame.ms
            downloads = await asyncio.gather(
                *(self._downloads.between(pair, frame, since, first_open) for pair in pairs)
            )
            self._record(self._history(downloads, now))
            done.extend(downloads)
        return done

    def _warm_up_start(self, frame: Timeframe, now: int) -> int:
        """The open time of the first candle that the first pending period's block needs."""
        first_open = self._first_pending(frame, now) - frame.ms
        return block_start(first_open, frame) - self._plan.warm_up[frame.name] * frame.ms

    def _history(self, downloads: Sequence[Download], now: int) -> Iterator[Fact]:
        some_answer = any(download.error is None for download in downloads)
        for download in downloads:
            if download.error is None:
                self._warm.add((download.frame.name, download.pair))
            elif some_answer:
                yield self._failure(download, now)
            for candle in download.candles:
                yield candle_closed(self._series(download), candle)

    async def _download(self, pending: Sequence[Timeframe], now: int) -> list[Download]:
        """What is new of every series since its newest candle, which is read once more."""
        wanted = []
        for frame in pending:
            recorded = self._memory.newest(frame.name, self._plan.pairs, now)
            first_open = self._first_pending(frame, now) - frame.ms
            earliest = self._warm_up_start(frame, now)
            for pair in self._plan.pairs:
                known = recorded.get(pair)
                if known is None and (frame.name, pair) not in self._warm:
                    continue
                since = first_open if known is None else max(known.open_time, earliest)
                wanted.append(self._downloads.since(pair, frame, since, now, known))
        return await asyncio.gather(*wanted)

    def _facts(
        self,
        pending: Sequence[Timeframe],
        downloads: Sequence[Download],
        now: int,
        seen_at: int,
    ) -> Iterator[Fact]:
        """All facts of a scan in canonical order."""
        for download in downloads:
            if download.error is not None:
                yield self._failure(download, now)
        facts = [*self._candle_facts(downloads)]
        for frame in pending if self._plan.closes else ():
            facts.extend(self._periods(frame, downloads, now, seen_at))
        yield from sorted(facts, key=_canonical)

    def _candle_facts(self, downloads: Sequence[Download]) -> Iterator[CandleClosed | PeriodClosed]:
        for download in downloads:
            series = self._series(download)
            for candle in download.candles:
                yield candle_closed(series, candle)
            if download.revised is not None:
                yield candle_revised(series, download.revised)

    def _periods(
        self, frame: Timeframe, downloads: Sequence[Download], now: int, seen_at: int
    ) -> Iterator[PeriodClosed]:
        there = {
            download.pair: download.open_times for download in downloads if download.frame == frame
        }
        for close in range(self._first_pending(frame, now), now + 1, frame.ms):
            opened, pairs = close - frame.ms, self._plan.pairs
            missing = [pair for pair in pairs if opened not in there.get(pair, ())]
            yield PeriodClosed(
                from_ms(close), self._exchange.name, frame.name, from_ms(seen_at),
                len(pairs), missing,
            )  # fmt: skip

    def _first_pending(self, frame: Timeframe, now: int) -> int:
        """The close of the first period to close; at first sight only the newest."""
        last = self._memory.last_closed(frame.name)
        return frame.open_of(now) if last is None else last + frame.ms

    def _failure(self, download: Download, now: int) -> ScanFailed:
        return ScanFailed(from_ms(now), *self._series(download), str(download.error))

    def _series(self, download: Download) -> Series:
        return Series(self._exchange.name, download.pair, download.frame.name)

    def _record(self, facts: Iterable[Fact]) -> None:
        for some in _batches(list(facts), APPEND):
            self._tape.record(some)


def _refuse_silence(downloads: Sequence[Download]) -> None:
    errors = [download.error for download in downloads]
    if errors and None not in errors:
        raise ExchangeUnavailable(f"no market answers: {errors[0]}")


def _batches(items: Sequence[T], count: int) -> Iterator[Sequence[T]]:
    return (items[start : start + count] for start in range(0, len(items), count))


def _listing(rules: MarketRules, now: int, *, is_new: bool) -> MarketListed:
    kind = MarketListed if is_new else MarketRulesChanged
    fields = {name: getattr(rules, name) for name in rules.__struct_fields__}
    return kind(at=from_ms(now), **fields)


def _canonical(fact: CandleClosed | PeriodClosed) -> tuple[int, int, bool, str]:
    """Close, then the shorter timeframe, then candles by pair, then their period."""
    pair = fact.pair if isinstance(fact, CandleClosed) else ""
    return to_ms(fact.at), timeframe(fact.timeframe).ms, isinstance(fact, PeriodClosed), pair
