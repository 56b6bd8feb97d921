"""One scan of an exchange: closed candles in, `PeriodClosed` behind them.

A scan reads the exchange's clock, then the candles of every series up to the closes that are
pending by then, again and again until all are there or the deadline has passed. What came is
written in order of market time, so that the order of the answers does not matter. A period closes
only when a later candle or a second clock proves that it is over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from application.ports import (
    Attempt,
    AttemptLog,
    Exchange,
    ExchangeError,
    ExchangeSaysWait,
    ExchangeUnavailable,
    Pace,
    ScanMemory,
)
from application.scanning.clock import ExchangeClock
from application.scanning.downloads import Downloads, kind_of
from application.scanning.failures import HOUR, Failures
from application.scanning.holes import Holes
from application.scanning.life import Life
from application.scanning.listings import Listings, Looked
from application.scanning.looks import Looks, Stopped
from application.scanning.periods import period_facts, proven_closes
from application.scanning.plan import ScanPlan
from application.scanning.reading import Came, Pending, Reading
from application.scanning.telling import batches, candle_facts, in_order
from application.tapes import MarketTape
from domain.blocks import block_start
from domain.candles import Series
from domain.facts import Fact
from domain.timeframes import Timeframe

SLICE = 200
"""Periods that are caught up with at once, at most."""

WARMED_AT_ONCE = 16
"""Series whose history is read at once."""


@dataclass(frozen=True, slots=True)
class Revalidated:
    """Series that are well again, those that still fail, and how many candles came into gaps."""

    well: list[Series]
    failing: list[Series]
    filled: int


class Scan:
    """Scans one exchange, again and again."""

    def __init__(
        self,
        exchange: Exchange,
        tape: MarketTape,
        memory: ScanMemory,
        plan: ScanPlan,
        pace: Pace,
        log: AttemptLog,
    ) -> None:
        self._exchange = exchange
        self._tape = tape
        self._memory = memory
        self._plan = plan
        self._pace = pace
        self._log = log
        self._clock = ExchangeClock(exchange, log)
        self._downloads = Downloads(exchange, log)
        self._failures = Failures(memory, exchange.name, patient=plan.is_patient)
        self._reading = Reading(exchange, memory, self._downloads, self._failures)
        self._listings = Listings(exchange, memory, plan.universe, log)
        self._holes = Holes(exchange, memory)
        self._life = Life(exchange, memory, plan.timeframes)
        self._pairs: Sequence[str] = ()
        self._is_new = True
        self._first: dict[Timeframe, int] = {}

    async def run(self) -> int:
        """Bring the tape up to the exchange's clock, which is returned (ms).

        Raises ExchangeUnavailable, with nothing closed, where the exchange shows no sign of life;
        that it is stalled is on the tape then.
        """
        try:
            now = await self._clock.read()
            await self._scan_up_to(now)
        except Stopped:
            return now
        except ExchangeUnavailable as error:
            if self._plan.closes:
                self._record(self._life.stalls(str(error)))
            raise
        finally:
            self._log.flush()
        return now

    async def discover(self) -> Looked:
        """See which markets there are, and record what changed."""
        looked = await self._listings.look(await self._clock.read())
        self._record(looked.facts)
        return looked

    async def revalidate(self) -> Revalidated:
        """Ask all failing series again now, and for all gaps of the last week."""
        now = await self._clock.read()
        self._choose_pairs()
        for frame in self._plan.timeframes:
            self._failures.load(frame, self._pairs)
        failing = self._failures.failing()
        everywhere, self._pairs = self._pairs, sorted({series.pair for series in failing})
        if failing:
            newest = {frame: frame.open_of(now) for frame in self._plan.timeframes}
            await self._scan_slice({f: range(close, close + 1) for f, close in newest.items()}, now)
        self._pairs = everywhere
        filled = await self.ask_for_gaps(now, all_of_them=True)
        self._log.flush()
        left = self._failures.failing()
        well = [series for series in failing if series not in left]
        return Revalidated(well, left, sum(len(each.new) for each in filled))

    async def ask_for_gaps(self, now: int, *, all_of_them: bool = False) -> list[Came]:
        """Ask again for candles that are missing in gaps of the last week."""
        frames = self._plan.timeframes
        gaps = [
            self._holes.to_ask_for(f, self._pairs, now, all_of_them=all_of_them) for f in frames
        ]
        wanted = [each for some in gaps for each in some]
        came = self._reading.came(await self._downloads.look(wanted, now)) if wanted else []
        facts = [fact for each in came for fact in candle_facts(each.series, each.new, [])]
        self._record([*facts, *self._holes.filled(came, now)])
        return came

    async def close(self) -> None:
        """Let go of the exchange."""
        await self._exchange.close()

    def next_close(self, now: int) -> int:
        """The next close (ms) of any timeframe."""
        return min(frame.open_of(now) + frame.ms for frame in self._plan.timeframes)

    async def _scan_up_to(self, now: int) -> None:
        """Slice by slice; and, when an hour is over, what else there is to look for."""
        self._life.refuse_time_travel(now, self._pace.wall())
        self._choose_pairs()
        if not self._pairs or (self._is_new and not self._has_all_pairs()):
            await self._look_for_markets(now)
        self._is_new = False
        done: dict[Timeframe, int] = {}
        while pending := self._pending(now, done):
            goes_on = await self._scan_slice(pending, now)
            done.update({frame: closes[-1] for frame, closes in pending.items()})
            if any(close % HOUR == 0 for closes in pending.values() for close in closes):
                await self._look_for_markets(now)
                await self.ask_for_gaps(now)
            if not goes_on:
                return

    def _choose_pairs(self) -> None:
        keeps = self._plan.universe.keeps
        listed = self._memory.listed()
        self._pairs = [pair for pair, rules in sorted(listed.items()) if keeps(rules)]

    def _has_all_pairs(self) -> bool:
        return set(self._plan.universe.pairs) <= set(self._pairs)

    async def _look_for_markets(self, now: int) -> None:
        """New and vanished markets; known ones are scanned on if the exchange does not tell."""
        try:
            self._record((await self._listings.look(now)).facts)
        except ExchangeError as error:
            self._log.note(Attempt("markets", kind_of(error), str(error)))
            if not self._pairs:
                raise
        self._choose_pairs()

    def _pending(self, now: int, done: Mapping[Timeframe, int]) -> Pending:
        """Closes that are not on the tape nor `done`, of a span of time that is not too long."""
        first = {
            frame: done[frame] + frame.ms if frame in done else self._first_pending(frame, now)
            for frame in self._plan.timeframes
        }
        shortest = min(frame.ms for frame in first)
        until = min(now, min(first.values()) + (SLICE - 1) * shortest)
        return {
            frame: range(close, until + 1, frame.ms)
            for frame, close in first.items()
            if close <= until
        }

    def _first_pending(self, frame: Timeframe, now: int) -> int:
        """The close of the first period to close; at first sight the newest until it does."""
        last = self._memory.last_period(frame.name)
        if last is not None:
            return last.close + frame.ms
        newest = frame.open_of(now)
        return min(self._first.setdefault(frame, newest), newest)

    async def _scan_slice(self, pending: Pending, now: int) -> bool:
        """Read and record some pending periods; False if that is all that can be done now."""
        cold = await self._warm_up(pending, now)
        wanted, resting = self._reading.wanted(pending, self._pairs, now)
        deadline = max(self._plan.deadline(frame, closes[-1]) for frame, closes in pending.items())
        looks = Looks(self._exchange, self._clock, self._downloads, self._pace, deadline, now)
        came = await self._reading.all_of(wanted, looks)
        asked = [*cold, *came]
        self._refuse_silence(asked)
        proven = proven_closes(pending, looks)
        if proven != pending and looks.now > self._downloads.sign + HOUR:
            proven = {frame: closes[:0] for frame, closes in pending.items()}
        came = [each.up_to(_last_close(proven, pending, each)) for each in came]
        facts = [*self._health_facts(asked, now), *self._candle_facts(came, now)]
        if self._plan.closes and not _told_to_wait(asked):
            seen_at = await self._clock.behind(looks.now)
            self._life.saw(seen_at if any(proven.values()) else None)
            there = [*came, *resting]
            facts += period_facts(self._exchange.name, self._pairs, proven, there, seen_at)
        self._record(facts)
        if self._plan.closes:
            self._judge(pending, proven, asked, looks)
        return all(proven[frame] == closes for frame, closes in pending.items())

    async def _warm_up(self, pending: Pending, now: int) -> list[Came]:
        """Read what a first block needs of series that have no history; those that failed."""
        failed = []
        for frame, closes in pending.items():
            first_open = closes[0] - frame.ms
            block, candles = block_start(first_open, frame), self._plan.candles_before(frame)
            since = block - candles * frame.ms
            unknown = self._reading.unknown(frame, self._pairs, since, first_open, now)
            for start in range(0, len(unknown), WARMED_AT_ONCE):
                some = unknown[start : start + WARMED_AT_ONCE]
                came = await self._reading.history(some, block, candles, now)
                self._record(self._candle_facts(came, now))
                failed += [each for each in came if each.answer.error is not None]
        return failed

    def _refuse_silence(self, came: Sequence[Came]) -> None:
        """Where nobody can be read, the exchange is away, not its markets."""
        errors = [each.answer.error for each in came]
        if self._plan.closes and errors and all(map(_is_away, errors)):
            raise ExchangeUnavailable(f"no market answers: {errors[0]}")

    def _candle_facts(self, came: Sequence[Came], now: int) -> Iterator[Fact]:
        for each in came:
            yield from candle_facts(each.series, each.new, each.revised)
        yield from self._holes.facts(came, now)

    def _health_facts(self, came: Sequence[Came], now: int) -> Iterator[Fact]:
        for each in came:
            error = each.answer.error
            if error is None:
                yield from self._failures.well(each.series, now)
            elif not isinstance(error, ExchangeSaysWait):
                yield from self._failures.failed(each.series, now, str(error))

    def _judge(self, pending: Pending, proven: Pending, came: Sequence[Came], looks: Looks) -> None:
        """Whether the exchange lives. Raises ExchangeSaysWait where it wants to be left alone."""
        told = _told_to_wait(came)
        if told is not None:
            raise told
        frame = min(pending, key=lambda each: each.ms)
        if proven[frame] == pending[frame]:
            fresh = [each for each in came if each.series.frame == frame]
            facts = self._life.traded(frame, proven[frame][-1], self._pairs, fresh, looks.now)
        else:
            facts = self._life.stands_still(frame, self._pairs, looks.now, self._downloads.sign)
        self._record(facts)

    def _record(self, facts: Iterable[Fact]) -> None:
        for some in batches(in_order(facts)):
            self._tape.record(some)


def _last_close(proven: Pending, pending: Pending, came: Came) -> int:
    """The newest close that a series' candles may have."""
    frame = came.series.frame
    return proven[frame][-1] if proven[frame] else pending[frame][0] - frame.ms


def _is_away(error: ExchangeError | None) -> bool:
    return isinstance(error, ExchangeUnavailable)


def _told_to_wait(came: Iterable[Came]) -> ExchangeSaysWait | None:
    errors = (each.answer.error for each in came)
    return next((error for error in errors if isinstance(error, ExchangeSaysWait)), None)
