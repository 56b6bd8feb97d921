"""Looking again and again at what has not come, up to a deadline of the exchange's clock."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.ports import Exchange, ExchangeSaysWait, Pace
from application.scanning.clock import ExchangeClock
from application.scanning.downloads import Answer, Downloads, Wanted
from domain.candles import Series
from domain.times import from_ms

MARKS = (1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 127_000, 255_000)
"""When to look again, in ms behind the newest pending close, as far as the deadline lets us."""

AGREES = 5_000
"""Two clocks that are no further apart (ms) agree."""

READ_AGAIN = 10
"""So many of the newest candles are read again by every scan."""

TRIES = 3
PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""So often an error is met with another look, after so many seconds, each time twice; or after
what the exchange asks for, if that is not too long."""


class Stopped(Exception):
    """Told to stop in the midst of a scan: nothing of it is kept, the next one begins anew."""


@dataclass(slots=True)
class Looks:
    """The looks of one scan. `now` is the exchange's clock (ms) as it was last read."""

    exchange: Exchange
    clock: ExchangeClock
    downloads: Downloads
    pace: Pace
    deadline: int
    now: int

    async def at(self, wanted: Sequence[Wanted]) -> dict[Series, Answer]:
        """What came of every series when all were settled or the deadline has passed.

        Raises Stopped.
        """
        self.downloads.sign = -1
        answers: dict[Series, Answer] = {}
        open_ones, looks = list(wanted), 0
        while open_ones:
            began, looks = time.monotonic(), looks + 1
            await self._look(open_ones, answers)
            await self._look(
                [e for e in open_ones if self._is_doubtful(answers[e.series])], answers
            )
            open_ones = [
                _once_more(each, answers[each.series])
                for each in open_ones
                if not self._settled(answers[each.series], looks)
            ]
            if looks == 1:
                self._tell_of_late_ones(open_ones, answers)
            if not _any_held(open_ones, answers):
                break
            if not await self._wait(wanted, began) and not await _insist(open_ones, answers, looks):
                break
        return answers

    async def _look(self, wanted: Sequence[Wanted], answers: dict[Series, Answer]) -> None:
        over = self._over_by_clocks()
        for answer in await self.downloads.look(wanted, self.now, over) if wanted else ():
            _keep(answers, answer)

    def _is_doubtful(self, answer: Answer) -> bool:
        """Whether to ask at once again: it was asked before the first sign that the period is over,
        or lacks a candle of an older period, for which nobody waits any more.
        """
        if answer.error is not None:
            return False
        lacks = answer.lacking is not None and answer.lacking < answer.wanted.last_open
        return lacks or (self.downloads.sign >= answer.wanted.close and not answer.is_final)

    def proves(self, close: int) -> bool:
        """Whether a period is over: a later candle was shown, or two clocks say so.

        One clock alone may be wrong, and then the candle might still be forming.
        """
        return max(self.downloads.sign, self._over_by_clocks()) >= close

    def _over_by_clocks(self) -> int:
        """What is over (ms) by the exchange's clock and ours, where they agree; else -1."""
        wall = self.pace.wall()
        agree = wall is not None and abs(wall - self.now) <= AGREES
        return self.now - AGREES if agree else -1

    def _settled(self, answer: Answer, looks: int) -> bool:
        if answer.error is not None or not answer.is_final:
            return False
        if answer.wanted.last_open in answer.candles:
            return True
        return not self.exchange.traits.quiet_candles and _is_quiet(answer, looks)

    def _tell_of_late_ones(
        self, open_ones: Sequence[Wanted], answers: dict[Series, Answer]
    ) -> None:
        for each in open_ones:
            answer = answers[each.series]
            if answer.error is None and answer.lacking is not None:
                closed = from_ms(answer.lacking + each.series.frame.ms)
                told = f"no candle of {closed:%Y-%m-%d %H:%M} UTC yet"
                self.downloads.note(each.series, "late", told)

    async def _wait(self, wanted: Sequence[Wanted], began: float) -> bool:
        """Wait for the next mark; False at the deadline, or where time ends. Raises Stopped."""
        close = max(each.close for each in wanted)
        marks = [close + mark for mark in MARKS if close + mark < self.deadline]
        mark = next((each for each in (*marks, self.deadline) if each > self.now), None)
        if mark is None:
            return False
        goes_on = await self.pace.until(mark, self.now, time.monotonic() - began)
        if self.pace.stopped:
            raise Stopped(Stopped.__doc__)
        self.now = await self.clock.behind(mark if goes_on else self.now)
        return goes_on


def _keep(answers: dict[Series, Answer], new: Answer) -> None:
    """A later look adds to what had closed in an earlier one; an error leaves what was there."""
    old = answers.get(new.wanted.series)
    if old is not None:
        new.wanted = old.wanted
        new.candles = {**old.closed, **new.candles}
        new.shown = max(old.shown, new.shown)
        if new.error is not None:
            new.error, new.sign_before = old.error, old.sign_before
    answers[new.wanted.series] = new


def _once_more(wanted: Wanted, answer: Answer) -> Wanted:
    """What is to be read of a series once more: all after an error, else from its first lack on."""
    if answer.error is not None:
        return wanted
    newest = wanted.close - READ_AGAIN * wanted.series.frame.ms
    first = newest if answer.lacking is None else min(newest, answer.lacking)
    return replace(wanted, since=max(wanted.since, first))


def _any_held(open_ones: Sequence[Wanted], answers: dict[Series, Answer]) -> bool:
    """Whether any of them is worth waiting for: it had its candle of the period before."""
    return any(_was_there(each, answers[each.series]) for each in open_ones)


async def _insist(open_ones: Sequence[Wanted], answers: dict[Series, Answer], looks: int) -> bool:
    """Behind the deadline too, an error gets a few looks: an old period is not in a hurry."""
    errors = [error for each in open_ones if (error := answers[each.series].error) is not None]
    waits = [error.seconds for error in errors if isinstance(error, ExchangeSaysWait)]
    pause = max(PAUSE * 2**looks, *waits, 0)
    if looks >= TRIES or not errors or pause > LONGEST_PAUSE:
        return False
    await asyncio.sleep(pause)
    return True


def _was_there(wanted: Wanted, answer: Answer) -> bool:
    if answer.error is not None:
        return wanted.lives
    before = wanted.last_open - wanted.series.frame.ms
    recorded = wanted.recorded.open_time
    return before in answer.candles or bool(len(recorded) and before in recorded[-READ_AGAIN:])


def _is_quiet(answer: Answer, looks: int) -> bool:
    """Whether a period without a candle is nothing to wait for, where quiet ones are left out."""
    if answer.shown >= answer.wanted.close:
        return True
    times = answer.wanted.recorded.open_time
    frame = answer.wanted.series.frame
    has_holes = len(times) > 1 and int(times[-1] - times[0]) // frame.ms >= len(times)
    return looks > 1 and has_holes
