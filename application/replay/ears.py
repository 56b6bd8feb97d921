"""What an account hears of its strategies in one timeframe: all its markets together."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from application.replay.closes import Moments, moments
from application.replay.hearing import Heard
from domain.account.period import Failure, Opinion
from domain.account.state import Account, Order, Trade
from domain.account.waking import NEVER


class _Merged(NamedTuple):
    """Moments of several who speak, ascending, and who it is each time."""

    closes: Moments
    who: Moments

    def first_from(self, moment: int) -> int:
        place = bisect_left(self.closes, moment)
        return self.closes[place] if place < len(self.closes) else NEVER

    def at(self, close: int) -> list[int]:
        place = bisect_left(self.closes, close)
        who = []
        while place < len(self.closes) and self.closes[place] == close:
            who.append(self.who[place])
            place += 1
        return who


class Ears:
    """Entries of all markets wake the account; the rest only where it has a trade of theirs.

    `heard` is by strategy and pair, in that order.
    """

    def __init__(self, heard: Mapping[tuple[str, str], Heard], *, everything: bool) -> None:
        self._heard = list(heard.values())
        self._of = {key: number for number, key in enumerate(heard)}
        self._entries = _merged([each.entries for each in self._heard])
        self._others = _merged([each.others for each in self._heard]) if everything else None

    def next(self, moment: int, trades: Iterable[Trade]) -> int:
        """The first close from a moment (ms) on at which the account must listen."""
        first = self._entries.first_from(moment)
        if self._others is not None:
            return min(first, self._others.first_from(moment))
        for trade in trades:
            number = self._of.get((trade.strategy, trade.pair))
            if number is not None:
                others = self._heard[number].others
                place = bisect_left(others, moment)
                if place < len(others) and others[place] < first:
                    first = others[place]
        return first

    def at(self, close: int, account: Account) -> list[Opinion | Failure]:
        """What it hears at a close; an order may be a trade by then."""
        speak = self._entries.at(close)
        if self._others is not None:
            speak += self._others.at(close)
        concerns: tuple[Trade | Order, ...] = (*account.trades.values(), *account.orders.values())
        for each in concerns:
            number = self._of.get((each.strategy, each.pair))
            if number is not None:
                speak.append(number)
        if not speak:
            return []
        found = [self._heard[number].at(close) for number in sorted(set(speak))]
        return [said for said in found if said is not None]


def _merged(several: Sequence[Moments]) -> _Merged:
    closes = np.concatenate(
        [np.frombuffer(each, np.int64) for each in several] or [np.empty(0, np.int64)]
    )
    who = np.repeat(np.arange(len(several)), [len(each) for each in several])
    order = np.argsort(closes, kind="stable")
    return _Merged(moments(closes[order]), moments(who[order]))
