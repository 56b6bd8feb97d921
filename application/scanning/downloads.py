"""One look at many series at once: what an exchange shows of them, each answer checked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from application.ports import (
    Attempt,
    AttemptLog,
    Exchange,
    ExchangeError,
    ExchangeRefused,
    ExchangeSaysWait,
    ExchangeUnavailable,
)
from domain.candles import Candle, Candles, Series, fault_of

PATIENCE = 10.0
"""Seconds to wait for one page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A series to read: open times from `since` up to its newest pending `close` (ms), excluded.

    `recorded` are its newest candles on the tape: an answer that reaches back to them holds some
    of them, or it is none. Its pending periods begin at `first_open`; one that `lives` had its
    candle of the period before them.
    """

    series: Series
    since: int
    close: int
    recorded: Candles
    first_open: int
    lives: bool = True

    @property
    def last_open(self) -> int:
        """The open time of the newest pending period."""
        return self.close - self.series.frame.ms


@dataclass(slots=True)
class Answer:
    """What came of a series: candles that opened before the close by their open times, or an error.

    `shown` is the newest open time in it, `sign_before` what was known to be over when it was asked
    for. It is final if its close was over by then, or a later candle is in it: then none of its
    candles was still forming. With an error the candles are those that came before it.
    """

    wanted: Wanted
    candles: dict[int, Candle] = field(default_factory=dict)
    shown: int = -1
    sign_before: int = -1
    error: ExchangeError | None = None

    @property
    def is_final(self) -> bool:
        return max(self.shown, self.sign_before) >= self.wanted.close

    @property
    def lacking(self) -> int | None:
        """The open time of its first pending period without a candle, if there is one."""
        wanted, recorded = self.wanted, set(self.wanted.recorded.open_time.tolist())
        opens = range(wanted.first_open, wanted.close, wanted.series.frame.ms)
        lacks = (time for time in opens if time not in self.candles and time not in recorded)
        return next(lacks, None)

    @property
    def closed(self) -> dict[int, Candle]:
        """Its candles but for the newest one shown, where that may still have been forming."""
        if self.is_final:
            return self.candles
        return {time: candle for time, candle in self.candles.items() if time < self.shown}


class Downloads:
    """Looks of one exchange; its adapter keeps the budget.

    `sign` is the newest open time (ms) that any answer has shown: the exchange's second clock.
    """

    def __init__(self, exchange: Exchange, log: AttemptLog) -> None:
        self._exchange = exchange
        self._log = log
        self._told_to_wait: ExchangeSaysWait | None = None
        self.sign = -1

    async def look(self, wanted: Sequence[Wanted], now: int, over: int = -1) -> list[Answer]:
        """Read all series as the exchange shows them at `now` (ms).

        What closed by `over` (ms) is known to be over.
        """
        self._told_to_wait = None
        at_once = asyncio.Semaphore(self._exchange.traits.at_once)

        async def answer(each: Wanted) -> Answer:
            async with at_once:
                return await self._answer(each, now, over)

        return await asyncio.gather(*map(answer, wanted))

    async def _answer(self, wanted: Wanted, now: int, over: int) -> Answer:
        answer = Answer(wanted, sign_before=max(self.sign, over), error=self._told_to_wait)
        if answer.error is None:
            try:
                await self._read_pages(answer, now)
            except ExchangeError as error:
                answer.error = error
                self._note_error(wanted.series, error)
        self.sign = max(self.sign, answer.shown)
        return answer

    async def _read_pages(self, answer: Answer, now: int) -> None:
        """Pages up to the pending close; one without a candle is a quiet stretch."""
        wanted, frame = answer.wanted, answer.wanted.series.frame
        since = wanted.since
        while since < wanted.close:
            limit = min(self._exchange.traits.page, (wanted.close - since) // frame.ms + 2)
            page = await self._page(wanted.series, since, limit)
            _refuse_amnesia(page, wanted, since)
            for candle in page:
                if not self._is_bad(wanted.series, candle, now):
                    answer.shown = max(answer.shown, candle.open_time)
                    if candle.open_time < wanted.close:
                        answer.candles[candle.open_time] = candle
            newest = page[-1].open_time if page else since + (limit - 1) * frame.ms
            since = max(since, newest) + frame.ms

    async def _page(self, series: Series, since: int, limit: int) -> Sequence[Candle]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._exchange.candles(series.pair, series.frame, since, limit)
        except TimeoutError as error:
            raise ExchangeUnavailable(f"no answer within {PATIENCE:.0f} s") from error

    def _is_bad(self, series: Series, candle: Candle, now: int) -> bool:
        fault = fault_of(candle, series.frame, now)
        if fault is not None:
            self.note(series, "bad candle", fault)
        return fault is not None

    def _note_error(self, series: Series, error: ExchangeError) -> None:
        if isinstance(error, ExchangeSaysWait):
            self._told_to_wait = error
        self.note(series, kind_of(error), str(error))

    def note(self, series: Series, kind: str, reason: str) -> None:
        """Keep an attempt at a series for people to see."""
        self._log.note(Attempt("candles", kind, reason, series.pair, series.timeframe))


def kind_of(error: ExchangeError) -> str:
    """The kind of attempt that an error makes."""
    match error:
        case ExchangeSaysWait():
            return "told to wait"
        case ExchangeRefused():
            return "refused"
    return "no answer" if isinstance(error.__cause__, TimeoutError) else "unavailable"


def _refuse_amnesia(page: Sequence[Candle], wanted: Wanted, since: int) -> None:
    """An answer without any candle that was there before is not to be believed."""
    if page or not len(wanted.recorded) or int(wanted.recorded.open_time[-1]) < since:
        return
    raise ExchangeUnavailable("an answer without the candles that were there before")
