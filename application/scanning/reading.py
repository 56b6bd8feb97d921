"""Reading the series of one exchange: which, from where on, and what came of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from application.ports import Exchange, ScanMemory
from application.scanning.downloads import Answer, Downloads, Wanted
from application.scanning.failures import Failures
from application.scanning.looks import READ_AGAIN, TRIES, Looks
from application.scanning.telling import confirmed, new_candles, revised_candles
from domain.account.fills import is_quiet
from domain.blocks import REACH
from domain.candles import Candle, Candles, Series
from domain.timeframes import Timeframe

Pending = Mapping[Timeframe, range]
"""Closes (ms) that wait to be recorded, by timeframe, shorter ones first."""


@dataclass(frozen=True, slots=True)
class Came:
    """What is new of one series, what has other numbers, and what is on the tape around it."""

    answer: Answer
    new: list[Candle]
    revised: list[Candle]

    @property
    def series(self) -> Series:
        return self.answer.wanted.series

    def traded_at(self, open_time: int) -> bool:
        """Whether the new candle of that time has a volume."""
        return any(each.open_time == open_time and each.volume > 0 for each in self.new)

    def up_to(self, close: int) -> "Came":
        """Without what closes later (ms)."""
        until = close - self.series.frame.ms
        new = [candle for candle in self.new if candle.open_time <= until]
        revised = [candle for candle in self.revised if candle.open_time <= until]
        return Came(self.answer, new, revised)

    @property
    def open_times(self) -> list[int]:
        """Open times of its newest candles, those on the tape and the new ones."""
        recorded: list[int] = self.answer.wanted.recorded.open_time.tolist()
        return sorted({*recorded, *(candle.open_time for candle in self.new)})


class Reading:
    """Reads series up to their newest pending close."""

    def __init__(
        self, exchange: Exchange, memory: ScanMemory, downloads: Downloads, failures: Failures
    ) -> None:
        self._exchange = exchange
        self._memory = memory
        self._downloads = downloads
        self._failures = failures
        self._begun: set[Series] = set()
        self._cold: set[Series] = set()

    def unknown(
        self, frame: Timeframe, pairs: Sequence[str], since: int, until: int, now: int
    ) -> list[Wanted]:
        """Series without a candle since `since` that are due, to be read from there on."""
        self._failures.load(frame, pairs)
        newest = self._memory.newest(frame.name, pairs, until, 1)
        unknown = [
            Wanted(series, since, until, Candles.none(), until)
            for pair in pairs
            if (series := Series(self._exchange.name, pair, frame.name)) not in self._begun
            and (not len(newest[pair]) or newest[pair].open_time[-1] < since)
        ]
        self._cold.update(each.series for each in unknown)
        return [each for each in unknown if self._failures.is_due(each.series, now)]

    async def history(
        self, unknown: Sequence[Wanted], block: int, candles: int, now: int
    ) -> list[Came]:
        """Closed candles of the past of some series; those that answer are begun.

        Where fewer than `candles` were traded before the `block` (ms), it reaches further back.
        """
        answers = {each.wanted.series: each for each in await self._downloads.look(unknown, now)}
        for times in (2, 4, REACH):
            few = [each for each in answers.values() if _traded(each, block) < candles]
            further = [_reaching(each.wanted, block, candles * times) for each in few]
            for answer in await self._downloads.look(further, now) if further else ():
                before = answers[answer.wanted.series]
                if answer.error is None and len(answer.candles) > len(before.candles):
                    answers[answer.wanted.series] = answer
        came = self.came(answers.values())
        begun = {each.series for each in came if each.answer.error is None}
        self._begun |= begun
        self._cold -= begun
        return came

    def wanted(
        self, pending: Pending, pairs: Sequence[str], now: int
    ) -> tuple[list[Wanted], list[Came]]:
        """All series that are due, from a little before their newest candle on; and the others."""
        due, resting = [], []
        for frame, closes in pending.items():
            until = closes[-1] - frame.ms
            recorded = self._memory.newest(frame.name, pairs, until, len(closes) + READ_AGAIN)
            for pair in pairs:
                series = Series(self._exchange.name, pair, frame.name)
                wanted = _wanted(series, closes, recorded[pair], self._exchange.traits.page)
                if series not in self._cold and self._failures.is_due(series, now):
                    due.append(wanted)
                else:
                    resting.append(Came(Answer(wanted), [], []))
        return due, resting

    async def all_of(self, wanted: Sequence[Wanted], looks: Looks) -> list[Came]:
        """What came of each; a change of what is recorded counts when it is seen twice."""
        came = self.came((await looks.at(wanted)).values())
        seen = await self._again([each.answer.wanted for each in came if each.revised], looks.now)
        return [
            Came(each.answer, each.new, confirmed(each.revised, seen[each.series]))
            if each.revised
            else each
            for each in came
        ]

    async def _again(self, doubtful: Sequence[Wanted], now: int) -> dict[Series, Answer]:
        """Read series once more, and again after errors: who catches up never comes back here."""
        seen: dict[Series, Answer] = {}
        for _ in range(TRIES):
            answers = await self._downloads.look(doubtful, now) if doubtful else ()
            seen |= {answer.wanted.series: answer for answer in answers}
            doubtful = [each for each in doubtful if seen[each.series].error is not None]
        return seen

    def came(self, answers: Iterable[Answer]) -> list[Came]:
        """What is new and what is other in these answers."""
        return [Came(each, new_candles(each), revised_candles(each)) for each in answers]


def _traded(answer: Answer, block: int) -> float:
    """How many candles before the block were traded; no end of them where it did not answer."""
    if answer.error is not None:
        return inf
    return sum(not is_quiet(each) for time, each in answer.candles.items() if time < block)


def _reaching(wanted: Wanted, block: int, candles: int) -> Wanted:
    return replace(wanted, since=block - candles * wanted.series.frame.ms)


def _wanted(series: Series, closes: range, recorded: Candles, page: int) -> Wanted:
    """From the first pending period that the tape lacks, or a little before the newest candle.

    Of a market that has long been dead only a page is asked for: if it lives again, what lies
    before is a gap, and gaps are asked for too.
    """
    length, known = series.frame.ms, set(recorded.open_time.tolist())
    opens = range(closes[0] - length, closes[-1], length)
    lacking = next((opened for opened in opens if opened not in known), opens[-1])
    since = lacking
    if known:
        first, newest = int(recorded.open_time[0]), int(recorded.open_time[-1])
        again = max(first, newest - (READ_AGAIN - 1) * length)
        since = min(lacking, max(again, closes[-1] - (page - 2) * length))
    lives = opens[0] - length in known
    return Wanted(series, since, closes[-1], recorded, opens[0], lives)
