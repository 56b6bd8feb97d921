"""Recording candles of one series: what importing and backfilling share.

A page is compared with the tape as sets. New candles, changed ones, the gaps found beside new ones
and the runs that fill recorded gaps are one append; the same cannot be written twice. A candle
that a scan wrote meanwhile is no error: the page is compared again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from eventsourcing.persistence import IntegrityError
from msgspec.structs import replace
from numpy.typing import NDArray

from application.gaps import gaps_filled, gaps_found, may_have_gaps
from application.ports import RecordedGap
from application.tapes import MarketTape
from domain.candles import Candle, Candles, Series, Times
from domain.facts import Fact
from domain.gaps import SEEN
from domain.market_facts import GapFilled, GapFound, candle_closed, candle_revised
from domain.times import from_ms, to_ms

TRIES = 3
_FEW_HOLES = 10
_BEFORE = 2 * SEEN + 1
"""Candles before a page: those that judge its first hole, and those that judge holes in these."""


class ExactCandles(Protocol):
    """Checked candles, oldest first, no open time twice."""

    @property
    def candles(self) -> Candles: ...

    def exact(self, start: int, stop: int) -> Sequence[Candle]:
        """Those from place `start` up to `stop`, their numbers exact."""
        ...


class RecordedCandles(Protocol):
    """Candles of an exchange and timeframe, as of a position on the market tape."""

    def between(self, pair: str, since: int, until: int, as_of: int) -> Candles:
        """Candles with `since` <= open time < `until` (ms)."""
        ...

    def newest(
        self, pairs: Sequence[str], until: int, as_of: int, count: int
    ) -> Mapping[str, Candles]:
        """The last `count` candles of each pair with open time <= `until` (ms)."""
        ...


class RecordedGaps(Protocol):
    """Gaps on the market tape."""

    def gaps(
        self, series: Sequence[Series], since: int, until: int
    ) -> Mapping[Series, Sequence[RecordedGap]]:
        """Gaps of each series that reach between open times `since` and `until` (ms)."""
        ...

    def next_open(self, series: Series, since: int) -> int | None:
        """The open time of the first recorded candle from `since` (ms) on."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many candles became new facts, were there already, or have other numbers now.

    `gaps` were found, and `filled` of the new candles had been missing in recorded ones.
    """

    written: int = 0
    unchanged: int = 0
    revised: int = 0
    gaps: int = 0
    filled: int = 0

    @property
    def candles(self) -> int:
        return self.written + self.unchanged + self.revised

    def __add__(self, more: "Recorded") -> "Recorded":
        return Recorded(
            self.written + more.written,
            self.unchanged + more.unchanged,
            self.revised + more.revised,
            self.gaps + more.gaps,
            self.filled + more.filled,
        )


class Recording:
    """Brings candles of one series, asked for from open time `since` (ms) on, onto the tape.

    `quiet_candles`: the exchange, or the file, has a candle for a period without a trade. `reach`
    (ms) is the oldest open time that the exchange still has; gaps before it stay.
    """

    def __init__(
        self,
        series: Series,
        tape: MarketTape,
        recorded: RecordedCandles,
        gaps: RecordedGaps,
        since: int,
        *,
        quiet_candles: bool,
        reach: int = 0,
    ) -> None:
        self._series = series
        self._tape = tape
        self._recorded = recorded
        self._gaps = gaps
        self._since = since
        self._quiet_candles = quiet_candles
        self._reach = reach

    def page(self, given: ExactCandles, start: int, stop: int) -> Recorded:
        """Write what the tape lacks of the candles from place `start` up to `stop`."""
        return _again(lambda: self._page(given, start, stop))

    def seam(self, until: int) -> Recorded:
        """Note the gap from the newest candle before open time `until`, the end of what was asked
        for, to the next that is recorded.
        """
        return _again(lambda: self._seam(until))

    def _page(self, given: ExactCandles, start: int, stop: int) -> Recorded:
        page, head = given.candles[start:stop], self._tape.head()
        first, last = int(page.open_time[0]), int(page.open_time[-1])
        beside = self._recorded.between(self._series.pair, first, last + 1, head)
        known, same = _compared(page, beside)
        revised, unchanged = int((known & ~same).sum()), int(same.sum())
        if unchanged == len(page):
            return Recorded(unchanged=unchanged)
        facts = self._candle_facts(given.exact(start, stop), known, same)
        times = np.concatenate((self._before(first, head), _either(beside, page)))
        new = page.open_time[~known]
        found, filled = self._found(times, new, first), self._filled(new)
        self._tape.record([*facts, *found, *filled])
        candles = sum(fill.candles for fill in filled)
        return Recorded(len(new), unchanged, revised, len(found), candles)

    def _seam(self, until: int) -> Recorded:
        before = self._before(until, self._tape.head())
        following = self._gaps.next_open(self._series, until)
        if not len(before) or following is None or before[-1] + self._series.frame.ms >= until:
            return Recorded()
        found = self._found(np.append(before, following), before[-1:], until)
        if found:
            self._tape.record(found)
        return Recorded(gaps=len(found))

    def _before(self, open_time: int, head: int) -> Times:
        pair = self._series.pair
        return self._recorded.newest([pair], open_time - 1, head, _BEFORE)[pair].open_time

    def _candle_facts(
        self, candles: Iterable[Candle], known: NDArray[np.bool_], same: NDArray[np.bool_]
    ) -> list[Fact]:
        return [
            (candle_revised if is_known else candle_closed)(self._series, candle)
            for candle, is_known, is_same in zip(candles, known, same, strict=True)
            if not is_same
        ]

    def _found(self, times: Times, new: Times, first: int) -> list[GapFound]:
        """Gaps beside new candles among ascending open times, of which some lie before `first`."""
        if not len(new) or not may_have_gaps(times, self._series):
            return []
        since = int(times[max(0, int(np.searchsorted(times, first)) - 1)])
        recorded = self._gaps.gaps([self._series], since, int(times[-1]))[self._series]
        found = gaps_found(
            self._series,
            times,
            self._since,
            recorded,
            quiet_candles=self._quiet_candles,
            reaches_back_to=self._reach,
        )
        ms = self._series.frame.ms
        beside = {*new.tolist()}
        return [
            gap
            for gap in found
            if (to_ms(gap.since) - ms in beside or to_ms(gap.until) in beside)
            and not _is_in(gap, recorded)
        ]

    def _filled(self, new: Times) -> list[GapFilled]:
        """Runs of new candles in recorded gaps; each at the close of its last candle."""
        if not len(new):
            return []
        series, first, last = self._series, int(new[0]), int(new[-1])
        recorded = self._gaps.gaps([series], first, last + 1)[series]
        runs = gaps_filled(series, new.tolist(), recorded, from_ms(last))
        return [replace(run, at=run.until) for run in runs]


def has_quiet_candles(candles: int, holes: int, *, of_exchange: bool) -> bool:
    """Whether a series has candles for quiet periods, so that all its holes are outages.

    Files may leave them out where the exchange itself does not: then holes are many.
    """
    return of_exchange and holes <= max(_FEW_HOLES, candles // 100)


def _either(recorded: Candles, given: Candles) -> Times:
    return np.union1d(recorded.open_time, given.open_time)


def _is_in(found: GapFound, gaps: Iterable[RecordedGap]) -> bool:
    since, until = to_ms(found.since), to_ms(found.until)
    return any(gap.since <= since and until <= gap.until for gap in gaps)


def _again(record: Callable[[], Recorded]) -> Recorded:
    """Record, and compare again if another process wrote the same meanwhile."""
    for _ in range(TRIES - 1):
        try:
            return record()
        except IntegrityError:
            continue
    return record()


def _compared(given: Candles, recorded: Candles) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which given candles are recorded, and which of them with the same numbers."""
    known = np.isin(given.open_time, recorded.open_time)
    places = np.searchsorted(recorded.open_time, given.open_time[known])
    same = known.copy()
    same[known] = np.logical_and.reduce(
        [
            getattr(given, name)[known] == getattr(recorded, name)[places]
            for name in ("open", "high", "low", "close", "volume")
        ]
    )
    return known, same
