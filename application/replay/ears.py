"""What an account hears of its strategies in one timeframe: all its markets together.

It lives forwards: what is asked never goes back in time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from application.replay.closes import Moments, moments
from application.replay.hearing import Heard
from domain.account.period import Failure, Opinion
from domain.account.state import Account, Trade
from domain.account.waking import NEVER


class _Queue:
    """Moments, ascending, taken from the front."""

    __slots__ = ("_end", "moments", "place")

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.place = 0
        self._end = len(moments)

    def first_from(self, moment: int) -> int:
        """The first from a moment on; it is at `place` then."""
        place = self.place
        if place < self._end and self.moments[place] < moment:
            place = self.place = bisect_left(self.moments, moment, place + 1)
        return self.moments[place] if place < self._end else NEVER


class Ears:
    """Entries of all markets wake the account; the rest only where it has a trade of theirs.

    `heard` is by strategy and pair, in that order; `everything`: it must hear the rest as well.
    """

    def __init__(self, heard: Mapping[tuple[str, str], Heard], *, everything: bool) -> None:
        self._heard = list(heard.values())
        self._of = {key: number for number, key in enumerate(heard)}
        self._queues = [_Queue(each.closes) for each in self._heard]
        self._entries, self._who = _merged(self._heard, everything=everything)

    def next(self, moment: int, trades: Iterable[Trade]) -> int:
        """The first close from a moment (ms) on at which the account must listen."""
        first = self._entries.first_from(moment)
        for trade in trades:
            number = self._of.get((trade.strategy, trade.pair))
            if number is not None:
                first = min(first, self._queues[number].first_from(moment))
        return first

    def at(self, close: int, account: Account) -> list[Opinion | Failure]:
        """What it hears at a close; an order may be a trade by then."""
        speak = self._entering(close) if self._entries.first_from(close) == close else set()
        for waiting in (account.trades, account.orders):
            for each in waiting.values():
                number = self._of.get((each.strategy, each.pair))
                if number is not None and self._queues[number].first_from(close) == close:
                    speak.add(number)
        return [self._said(number, close) for number in sorted(speak)] if speak else []

    def _entering(self, close: int) -> set[int]:
        """Who speaks at a close that is the first of the entries."""
        entries = self._entries
        end = bisect_left(entries.moments, close + 1, entries.place)
        return {*self._who[entries.place : end]}

    def _said(self, number: int, close: int) -> Opinion | Failure:
        queue = self._queues[number]
        queue.first_from(close)
        return self._heard[number].at(queue.place)


def _merged(heard: Sequence[Heard], *, everything: bool) -> tuple[_Queue, Moments]:
    """The closes of all who speak, and who it is each time."""
    several = [np.frombuffer(each.closes if everything else each.entries, np.int64)
               for each in heard]  # fmt: skip
    closes = np.concatenate(several or [np.empty(0, np.int64)])
    who = np.repeat(np.arange(len(several)), [len(each) for each in several])
    order = np.argsort(closes, kind="stable")
    return _Queue(moments(closes[order])), moments(who[order])
