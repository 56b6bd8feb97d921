"""A recorded tape of one exchange, in stretches: what trading saw, period by period."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from application.opinions import Resolve
from application.replay.lane import Stretch
from application.replay.lateness import Late, LateCandles, Lateness
from application.replay.listed import Listed
from application.replay.recorded import Part, RecordedMarket
from application.replay.shelf import Shelf
from application.replay.shelf_hearing import ShelfHearing
from domain.markets import chosen
from domain.strategies.evaluate import Compute
from domain.timeframes import timeframe

EVENTS = 400_000
"""So many events of the tape are in memory at once: some 100 MB."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What accounts look at: timeframes, with the warm-up (candles) that each needs, and pairs.

    Pairs are named one by one, or by `all_in` their quote.
    """

    warm_ups: Mapping[str, int]
    pairs: Sequence[str]


class Piece(NamedTuple):
    """A stretch of the tape, and the place where it ends."""

    stretch: Stretch
    until: int


@dataclass(slots=True)
class RecordedTape:
    """The stretches of a tape, in which places are positions on it.

    It counts the `periods` and the `candles` of interest that it has gone through.
    """

    market: RecordedMarket
    interest: Interest
    compute: Compute
    resolve: Resolve
    tick: Callable[[], None] = lambda: None
    periods: int = 0
    candles: int = 0
    _lateness: dict[str, Lateness] = field(default_factory=dict)

    def pieces(self, after: int, until: int) -> Iterator[Piece]:
        """What is on the tape behind a position up to another.

        The last piece ends with `until`, whether anything closes there or not.
        """
        listed = Listed(self.market.listings())
        for begin, end in pairwise(self._cuts(after, until)):
            parts = self.market.part(list(self.interest.warm_ups), begin, end)
            late = {name: self._lateness[name].take(part) for name, part in parts.items()}
            if begin >= after:
                shelves = self._shelves(parts, late, end)
                yield from self._pieces(shelves, late, listed, (begin, end), is_last=end == until)

    def _cuts(self, after: int, until: int) -> list[int]:
        """Where parts begin and end. What came behind the last periods is looked at once more."""
        before = {name: self.market.period_before(name, after) for name in self.interest.warm_ups}
        self._lateness = {
            name: Lateness(timeframe(name), has_closed=last is not None)
            for name, last in before.items()
        }
        begin = min([after, *(last.position for last in before.values() if last is not None)])
        return [*range(begin, after, EVENTS), *range(after, until, EVENTS), until]

    def _shelves(
        self, parts: Mapping[str, Part], late: Mapping[str, Late], until: int
    ) -> dict[str, Shelf]:
        shelves = {}
        for name, (periods, came) in parts.items():
            known = self.market.markets(name)
            wanted = set(chosen(self.interest.pairs, known.values()))
            pairs = {number: pair for number, pair in known.items() if pair in wanted}
            self.periods += len(periods.position)
            self.candles += int(np.isin(came.market, [*pairs]).sum())
            shelves[name] = Shelf(
                timeframe(name), self.interest.warm_ups[name], self.market.history(name), pairs,
                periods, late[name], until,
            )  # fmt: skip
        return shelves

    def _pieces(
        self, shelves: Mapping[str, Shelf], late: Mapping[str, Late], listed: Listed,
        span: tuple[int, int], *, is_last: bool,
    ) -> Iterator[Piece]:  # fmt: skip
        """Those of a part: a new one wherever candles or listings are others than before."""
        after, until = span
        hearing = ShelfHearing(shelves, self.compute, self.resolve, self.tick)
        changed = (place - 1 for places in late.values() for place in places)
        bounds = sorted({after, *changed, *listed.changes(after, until), until})
        for begin, end in pairwise(bounds):
            closes = {name: shelf.closes(begin, end) for name, shelf in shelves.items()}
            if any(map(len, closes.values())) or (is_last and end == until):
                listings = listed.as_of(begin)
                stretch = Stretch(
                    self.market.exchange,
                    {name: shelf.loaded(begin, end) for name, shelf in shelves.items()},
                    closes,
                    listings.rules,
                    partial(hearing.heard, begin),
                    listings.delisted,
                    LateCandles(
                        {name: each.history for name, each in shelves.items()}, closes, late
                    ),
                )
                yield Piece(stretch, end)
