"""Backfilling: years of history of many series from an exchange, oldest first.

Each page is recorded in one append while the next is downloaded. How far a series has come is kept
after each page, so that a backfill which was stopped goes on from there.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Protocol

import numpy as np

from application.patience import Sleep, patiently
from application.ports import Attempt, AttemptLog, Exchange, ExchangeError, ExchangeRefused
from application.recording import Recorded, Recording
from domain.candles import Candle, Candles, Series, fault_of
from domain.times import from_ms

WRITERS = 2
"""Pages that are recorded at once: one is made ready while the database takes another."""

UNSETTLED = 10
"""Newest periods whose candles may still be on their way: a hole there is read again."""


class ExchangeIsBackfilled(Exception):
    """Another backfill of this exchange is running; start again when it has ended."""


class NothingHasClosed(ValueError):
    """The exchange's clock has not come to where reading shall begin."""


class BackfillMemory(Protocol):
    """How far backfills of one exchange have come. Open times in ms."""

    def lead(self) -> bool:
        """Try to become the one backfill of the exchange."""
        ...

    def reached(self, series: Series, since: int) -> int | None:
        """Up to where the series was read without a stop from `since`, or from before, on."""
        ...

    def reach(self, series: Series, since: int, until: int, reached: int) -> None:
        """Keep that the series was read up to `reached`."""
        ...


class Progress(Protocol):
    """Who watches."""

    def begins(self, series: Series, periods: int, /) -> None:
        """A series begins; it spans so many periods."""
        ...

    def advances(self, series: Series, periods: int, candles: int, /) -> None:
        """So many periods more are done, with so many candles."""
        ...

    def ends(self, series: Series, /) -> None:
        """It is done, or failed."""
        ...


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What came of a series between two open times (ms); `error` if it was not read to the end.

    `read_from` is where reading began: later than `since` if that was done before, or is out of
    reach because the exchange does not keep it (`reach`, ms). `refused` says why of candles that
    cannot be. `may_go_on`: after an error, whether starting again can help.
    """

    series: Series
    since: int
    until: int
    read_from: int
    reach: int = 0
    recorded: Recorded = field(default_factory=Recorded)
    refused: tuple[str, ...] = ()
    error: str | None = None
    may_go_on: bool = True


@dataclass(frozen=True, eq=False)
class Page:
    """Candles of an answer that can be; why others cannot; and where the next page begins."""

    given: Sequence[Candle]
    faults: tuple[str, ...]
    following: int

    @cached_property
    def candles(self) -> Candles:
        columns = [np.array(column, dtype=np.float64) for column in zip(*self.given, strict=True)]
        return Candles(columns[0].astype(np.int64), *columns[1:])

    def exact(self, start: int, stop: int) -> Sequence[Candle]:
        return self.given[start:stop]


class Backfilling:
    """Brings the history of series of one exchange onto the market tape.

    `record` opens the recording of a series, from an open time on, with what the exchange
    reaches back to. `again` reads what was read before, to find what the exchange has restated.
    """

    def __init__(
        self,
        exchange: Exchange,
        memory: BackfillMemory,
        record: Callable[[Series, int, int], Recording],
        *,
        again: bool = False,
        attempts: AttemptLog | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._exchange = exchange
        self._memory = memory
        self._record = record
        self._again = again
        self._attempts = attempts
        self._sleep = sleep
        self._writing = asyncio.Semaphore(WRITERS)

    async def run(
        self, wanted: Iterable[Series], since: int, until: int | None, progress: Progress
    ) -> list[Backfilled]:
        """Read all series from open time `since` up to `until`, or the newest closed candle.

        Raises ExchangeIsBackfilled, NothingHasClosed if `since` is to come, and ExchangeError if
        the exchange does not even tell its time.
        """
        if not self._memory.lead():
            raise ExchangeIsBackfilled(f"{self._exchange.name}: {ExchangeIsBackfilled.__doc__}")
        now = await self._time()
        if since > now:
            moment = f"{from_ms(since):%Y-%m-%dT%H:%M:%SZ}"
            raise NothingHasClosed(f"{self._exchange.name}: nothing has closed since {moment}")
        places = asyncio.Semaphore(self._exchange.traits.at_once)

        async def read(series: Series) -> Backfilled:
            async with places:
                return await self._series(self._plan(series, since, until, now), now, progress)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(read(series)) for series in wanted]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in tasks]

    async def _time(self) -> int:
        try:
            note = partial(self._note, "time", None)
            return await patiently(self._exchange.time, self._sleep, note)
        finally:
            self._flush()

    def _plan(self, series: Series, since: int, until: int | None, now: int) -> Backfilled:
        """Where reading begins and ends; at the end stands the period that is still forming."""
        frame, keeps = series.frame, self._exchange.traits.keeps
        forming = frame.open_of(now)
        first = frame.open_of(since + frame.ms - 1)
        last = forming if until is None else min(frame.open_of(until + frame.ms - 1), forming)
        reach = 0 if keeps is None else forming - keeps * frame.ms
        before = None if self._again else self._memory.reached(series, first)
        read_from = max(first, reach, before or 0)
        return Backfilled(series, first, last, read_from, reach if reach > first else 0)

    async def _series(self, plan: Backfilled, now: int, progress: Progress) -> Backfilled:
        frame = plan.series.frame
        progress.begins(plan.series, max(0, plan.until - plan.read_from) // frame.ms)
        reading = _Reading(plan, now, plan.read_from)
        try:
            if plan.read_from < plan.until:
                await self._pages(reading, progress)
        except ExchangeError as error:
            may_go_on = not isinstance(error, ExchangeRefused)
            return replace(reading.done(), error=str(error), may_go_on=may_go_on)
        finally:
            progress.ends(plan.series)
            self._flush()
        return reading.done()

    async def _pages(self, reading: "_Reading", progress: Progress) -> None:
        """Download a page while the one before is recorded, which is done whatever comes."""
        plan = reading.plan
        recording = self._record(plan.series, plan.since, plan.reach)
        page: Page | None = await self._page(reading, plan.read_from)
        while page is not None:
            coming = asyncio.create_task(self._next(reading, page.following))
            try:
                await self._keep(recording, reading, page, progress)
            except BaseException:
                coming.cancel()
                raise
            page = await coming
        async with self._writing:
            reading.recorded += await asyncio.to_thread(recording.seam, plan.until)

    async def _next(self, reading: "_Reading", since: int) -> Page | None:
        return await self._page(reading, since) if since < reading.plan.until else None

    async def _page(self, reading: "_Reading", since: int) -> Page:
        """The candles from `since` on that can be; an answer without any is a quiet stretch."""
        series, until = reading.plan.series, reading.plan.until
        frame = series.frame
        limit = min(self._exchange.traits.page, (until - since) // frame.ms)
        ask = partial(self._exchange.candles, series.pair, frame, since, limit)
        answer = await patiently(ask, self._sleep, partial(self._note, "candles", series))
        newest = answer[-1].open_time if answer else since + (limit - 1) * frame.ms
        inside = [candle for candle in answer if since <= candle.open_time < until]
        following = min(max(frame.open_of(newest), since) + frame.ms, until)
        return Page(*self._sorted_out(series, inside, reading.now), following)

    def _sorted_out(
        self, series: Series, candles: Sequence[Candle], now: int
    ) -> tuple[Sequence[Candle], tuple[str, ...]]:
        """Candles that can be, and why the others cannot."""
        faults = {
            candle.open_time: fault
            for candle in candles
            if (fault := fault_of(candle, series.frame, now)) is not None
        }
        for open_time, fault in faults.items():
            reason = f"{from_ms(open_time):%Y-%m-%dT%H:%M:%SZ}: {fault}"
            faults[open_time] = reason
            self._note("candles", series, "bad candle", reason)
        good = [candle for candle in candles if candle.open_time not in faults]
        return good, tuple(faults.values())

    async def _keep(
        self, recording: Recording, reading: "_Reading", page: Page, progress: Progress
    ) -> None:
        async with self._writing:
            recorded = await asyncio.to_thread(self._write, recording, reading, page)
        periods = reading.take(page, recorded)
        progress.advances(reading.plan.series, periods, len(page.given))

    def _write(self, recording: Recording, reading: "_Reading", page: Page) -> Recorded:
        plan = reading.plan
        count = len(page.given)
        recorded = recording.page(page, 0, count) if count else Recorded()
        self._memory.reach(plan.series, plan.since, plan.until, reading.settled(page))
        return recorded

    def _note(self, asked: str, series: Series | None, kind: str, reason: str) -> None:
        if self._attempts is not None:
            pair, frame = ("", "") if series is None else series[1:]
            self._attempts.note(Attempt(asked, kind, reason, pair, frame))

    def _flush(self) -> None:
        if self._attempts is not None:
            self._attempts.flush()


@dataclass(slots=True)
class _Reading:
    """How far a series has come, and what came of it. `now` is the exchange's clock in ms."""

    plan: Backfilled
    now: int
    reached: int
    recorded: Recorded = field(default_factory=Recorded)
    refused: list[str] = field(default_factory=list)

    def take(self, page: Page, recorded: Recorded) -> int:
        """Count a page; returns the periods that it spans."""
        before, self.reached = self.reached, page.following
        self.recorded += recorded
        self.refused.extend(page.faults)
        return (page.following - before) // self.plan.series.frame.ms

    def settled(self, page: Page) -> int:
        """Up to where nothing more is to come, once this page is recorded."""
        frame = self.plan.series.frame
        newest = page.given[-1].open_time + frame.ms if page.given else self.plan.since
        return max(newest, min(page.following, frame.open_of(self.now) - UNSETTLED * frame.ms))

    def done(self) -> Backfilled:
        """What came of it."""
        return replace(self.plan, recorded=self.recorded, refused=tuple(self.refused))
