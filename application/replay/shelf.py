"""The candles of one timeframe on a part of a tape, as they were known at its places."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from application.ports import MarketHistory
from application.replay.candles import Loaded
from application.replay.closes import Closes
from application.replay.lateness import Late
from application.replay.recorded import Periods, VersionedHistory
from domain.blocks import BLOCK, needed
from domain.candle_versions import CandleVersions
from domain.candles import Candles
from domain.timeframes import Timeframe
from domain.values import exact


@dataclass(frozen=True, slots=True)
class BeforePlace:
    """What lies before the candles in memory, as of a position."""

    history: MarketHistory
    position: int

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """Highest high and lowest low of candles with `since` <= open time < `until` (ms)."""
        return self.history.extremes(pair, since, until, self.position)

    def last(self, pair: str, until: int) -> Decimal | None:
        """The close of the newest candle that opened before `until` (ms)."""
        found = self.history.newest([pair], until - 1, self.position, 1)[pair]
        return exact(found.close[-1]) if len(found) else None


class Shelf:
    """Candles of a timeframe that the periods of a part of the tape see, and its closes.

    `warm_up` candles lie before one that may signal; `late` says where candles became others;
    the part ends with `until`.
    """

    def __init__(
        self, frame: Timeframe, warm_up: int, history: VersionedHistory, pairs: Mapping[int, str],
        periods: Periods, late: Late, until: int,
    ) -> None:  # fmt: skip
        self.frame = frame
        self.warm_up = warm_up
        self.history = history
        self._periods = periods
        self._places: list[int] = periods.position.tolist()
        self._versions = dict(self._read(pairs.values(), until))
        self._changes = _changes(pairs, late)
        self._known: dict[str, tuple[int, Candles]] = {}

    def closes(self, after: int, until: int) -> Closes:
        """The closes behind a place up to another one."""
        part = slice(bisect_right(self._places, after), bisect_right(self._places, until))
        position, close, seen_at = (column[part] for column in self._periods)
        return Closes(self.frame, close, position, seen_at)

    def loaded(self, after: int, until: int) -> Loaded:
        """The candles that the closes behind a place see, up to a place where those change."""
        candles = {pair: self.candles(pair, after) for pair in self._versions}
        last = bisect_right(self._places, until) - 1
        as_of = self._places[last] if last >= 0 else after
        return Loaded(self.frame, candles, BeforePlace(self.history, as_of))

    def candles(self, pair: str, after: int) -> Candles:
        """A pair's candles as the first closes behind a place know them."""
        as_of = self.as_of(pair, after)
        known = self._known.get(pair)
        if known is None or known[0] != as_of:
            known = self._known[pair] = as_of, self._versions[pair].as_of(as_of)
        return known[1]

    def as_of(self, pair: str, after: int) -> int:
        """Up to which position a pair's candles are seen by the first closes behind a place."""
        changes = self._changes.get(pair, ())
        number = bisect_left(changes, after + 2)  # what changes right behind it has changed
        if number == len(changes):
            return self._places[-1] if self._places else after
        before = bisect_left(self._places, changes[number]) - 1
        return self._places[before] if before >= 0 else changes[number] - 1

    def first_open(self, after: int) -> int | None:
        """The open time (ms) of the first period behind a place."""
        number = bisect_right(self._places, after)
        if number == len(self._places):
            return None
        return int(self._periods.close[number]) - self.frame.ms

    def _read(self, pairs: Iterable[str], until: int) -> Iterable[tuple[str, CandleVersions]]:
        if not self._places:
            return
        first, end = int(self._periods.close[0]) - self.frame.ms, int(self._periods.close[-1])
        wanted = needed(first, self.frame, self.warm_up)
        for pair in pairs:
            versions = self.history.versions(pair, max(0, wanted.since), end, until)
            if len(versions):
                yield pair, _trimmed(versions, first, wanted.candles + BLOCK)


def _changes(pairs: Mapping[int, str], late: Late) -> dict[str, list[int]]:
    """The places at which a pair's candles have become others."""
    found: dict[str, list[int]] = {}
    for place in sorted(late):
        for number in late[place]:
            if number in pairs:
                found.setdefault(pairs[number], []).append(place)
    return found


def _trimmed(versions: CandleVersions, first: int, count: int) -> CandleVersions:
    """Without what is older than so many traded candles before an open time (ms)."""
    candles = versions.candles
    before = int(candles.open_time.searchsorted(first))
    is_quiet = (candles.volume[:before] == 0) & (candles.high[:before] == candles.low[:before])
    traded = np.flatnonzero(~is_quiet)
    if len(traded) <= count:
        return versions
    part = slice(int(traded[-count]), None)
    return CandleVersions(candles[part], versions.position[part], versions.superseded_by[part])
