"""Gaps of one exchange's series: found beside what came, filled by it, and asked for again."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from application.gaps import gaps_filled, gaps_found, may_have_gaps
from application.ports import Exchange, RecordedGap, ScanMemory
from application.scanning.downloads import Wanted
from application.scanning.reading import Came
from domain.candles import Series
from domain.facts import Fact
from domain.gaps import SEEN
from domain.timeframes import Timeframe
from domain.times import from_ms

HOUR = 3_600_000
WEEK = 168 * HOUR
ASK_AGAIN = frozenset((0, 1, 2, 4, 8, 16, 24, 48, 96))
"""So many hours after a gap its candles are asked for again."""

MOST_ASKED = 500
"""Gaps in an hour: as many as an outage leaves in all markets of a large exchange."""


class Holes:
    """What is missing in the series of one exchange."""

    def __init__(self, exchange: Exchange, memory: ScanMemory) -> None:
        self._exchange = exchange
        self._memory = memory

    def facts(self, came: Sequence[Came], now: int) -> Iterator[Fact]:
        """Gaps that are found, or filled, by what came."""
        holey = [each for each in came if each.new and (_is_late(each) or _has_holes(each))]
        for name, group in groupby(sorted(holey, key=_timeframe), key=_timeframe):
            yield from self._of_one_timeframe(name, list(group), now)

    def filled(self, came: Sequence[Came], now: int) -> Iterator[Fact]:
        """Gaps that are filled by what came when they were asked for, each by itself."""
        new = sorted((each for each in came if each.new), key=_timeframe)
        for name, group in groupby(new, key=_timeframe):
            some = list(group)
            since = min(each.answer.wanted.since for each in some)
            until = max(each.answer.wanted.close for each in some)
            pairs = sorted({each.series.pair for each in some})
            recorded = self._memory.gaps(name, pairs, since, until)
            for each in some:
                known = recorded[each.series.pair]
                yield from gaps_filled(each.series, each.open_times, known, from_ms(now))

    def to_ask_for(
        self, frame: Timeframe, pairs: Sequence[str], now: int, *, all_of_them: bool = False
    ) -> list[Wanted]:
        """Open gaps of the last week whose turn it is, the newest ones; or all of those."""
        found = [
            (gap, pair)
            for pair, gaps in self._memory.gaps(frame.name, pairs, now - WEEK, now).items()
            for gap in gaps
            if gap.is_open and (all_of_them or (now - gap.until) // HOUR in ASK_AGAIN)
        ]
        newest = sorted(found, key=lambda each: -each[0].until)
        chosen = newest if all_of_them else newest[:MOST_ASKED]
        return [self._asked(frame, pair, gap) for gap, pair in chosen]

    def _asked(self, frame: Timeframe, pair: str, gap: RecordedGap) -> Wanted:
        candles = (gap.until - gap.since) // frame.ms
        recorded = self._memory.newest(frame.name, [pair], gap.until - frame.ms, candles)[pair]
        inside = recorded[int(np.searchsorted(recorded.open_time, gap.since)) :]
        series = Series(self._exchange.name, pair, frame.name)
        return Wanted(series, gap.since, gap.until, inside, gap.since)

    def _of_one_timeframe(self, name: str, came: Sequence[Came], now: int) -> Iterator[Fact]:
        pairs = [each.series.pair for each in came]
        times = {each.series.pair: each.open_times for each in came}
        since = min(min(each.answer.wanted.since, times[each.series.pair][0]) for each in came)
        until = max(found[-1] for found in times.values())
        recorded = self._memory.gaps(name, pairs, since, until)
        before = self._before(name, {pair: found[0] for pair, found in times.items()})
        for each in came:
            pair, known = each.series.pair, recorded.get(each.series.pair, ())
            open_times = np.array([*before.get(pair, ()), *times[pair]], dtype=np.int64)
            yield from gaps_found(
                each.series, open_times, each.answer.wanted.since, known,
                quiet_candles=self._exchange.traits.quiet_candles,
                reaches_back_to=self._reaches_back_to(each.series.frame, now),
            )  # fmt: skip
            yield from gaps_filled(each.series, times[pair], known, from_ms(now))

    def _before(self, name: str, firsts: dict[str, int]) -> dict[str, list[int]]:
        """Open times before these, where they say how quiet a market is."""
        if self._exchange.traits.quiet_candles:
            return {}
        newest = self._memory.newest(name, list(firsts), max(firsts.values()) - 1, 2 * SEEN)
        return {
            pair: candles.open_time[candles.open_time < firsts[pair]].tolist()
            for pair, candles in newest.items()
        }

    def _reaches_back_to(self, frame: Timeframe, now: int) -> int:
        keeps = self._exchange.traits.keeps
        return 0 if keeps is None else frame.open_of(now) - keeps * frame.ms


def _timeframe(came: Came) -> str:
    return came.series.timeframe


def _has_holes(came: Came) -> bool:
    return may_have_gaps(np.array(came.open_times, dtype=np.int64), came.series)


def _is_late(came: Came) -> bool:
    """Whether a new candle lies before one that is on the tape."""
    recorded = came.answer.wanted.recorded.open_time
    return bool(len(recorded) and came.new[0].open_time < recorded[-1])
