"""Whether a strategy looks ahead: whether later candles change what it says of earlier ones.

Each window is cut at its block's edge, at candles drawn by lot and at those where something is
said: all that is said up to the cut must be, bit for bit, what is said with the later candles.
"""

from bisect import bisect_left

import numpy as np

from domain.blocks import BLOCK
from domain.strategies.checking.asking import Lines, rows_of
from domain.strategies.checking.differences import Difference, first_difference
from domain.strategies.checking.findings import Refused, refused_at, shown
from domain.strategies.checking.inspection import Inspection
from domain.strategies.checking.lots import drawn
from domain.strategies.checking.running import spoken
from domain.strategies.checking.stretches import Stretch
from domain.times import from_ms

EDGE_SHARE = 10
"""A series that is no market's is cut at so many times fewer candles."""

_LATER = (
    "A candle may know itself and those before it only. Usual causes: a negative shift "
    "(`close[1:]`, `np.roll(close, -1)`), a centred window (`np.convolve(..., 'same')`, "
    "`np.gradient`), the highest, lowest or mean of a whole array (`close.max()`), sorting, or a "
    "longer candle that is not over yet."
)
_ROUNDING = (
    "Only the last digits differ: numbers are added in another order when there are more of them. "
    "Add them in the order of the candles, as indicators and `np.cumsum` do."
)


def look_for_later_candles(inspection: Inspection) -> None:
    """Raises Refused with the first candle of which later ones change what is said."""
    for done, subject in enumerate(inspection.subjects):
        cuts = inspection.cuts if subject[0].series.is_market else inspection.cuts // EDGE_SHARE
        places = _drawn(subject, cuts)
        for number, stretch in enumerate(subject):
            inspection.told(
                "never looks ahead", done + number / len(subject), len(inspection.subjects)
            )
            if len(stretch.traded):
                _cut(inspection, stretch, places, max(1, cuts // len(subject)))


def _drawn(subject: tuple[Stretch, ...], cuts: int) -> set[int]:
    """Rows of a series drawn by lot, the same each time."""
    rows = [row for stretch in subject for row in range(*_own_rows(stretch))]
    return drawn(subject[0].series.name, rows, cuts)


def _own_rows(stretch: Stretch) -> tuple[int, int]:
    """The rows of the series that a stretch alone speaks of."""
    return (stretch.first if stretch.first < stretch.end else stretch.start), stretch.end


def _cut(inspection: Inspection, stretch: Stretch, places: set[int], most: int) -> None:
    """Cut where it was drawn, in up to `most` places where something is said, and at the edge."""
    later = _Later(inspection, stretch)
    first, end = _own_rows(stretch)
    cuts = {row for row in places if first <= row < end} | _loud(later, most) | {end - 1}
    for cut in sorted(cuts):
        difference = later.difference(cut - stretch.start + 1)
        if difference is not None:
            raise _refusal(later, cut - stretch.start + 1, difference)


class _Later:
    """What is said of a stretch when the candles after it are known."""

    def __init__(self, inspection: Inspection, stretch: Stretch) -> None:
        self.inspection = inspection
        self.stretch = stretch
        self.candles = stretch.traded[stretch.start : stretch.end + BLOCK]
        self.answer = inspection.ask(stretch.series, self.candles)
        self.lines = self.answer.lines

    def cut(self, count: int) -> Lines:
        """What is said of the first candles alone."""
        return self.inspection.ask(self.stretch.series, self.candles[:count]).lines

    def difference(self, count: int) -> Difference | None:
        """Where that differs, if it does."""
        return first_difference(self.cut(count), rows_of(self.lines, slice(0, count)))

    def at(self, found: Difference, count: int) -> Difference | None:
        """The difference at the same row of the same line, if there is one."""
        row = slice(found.row, found.row + 1)
        ours, theirs = rows_of(self.cut(count), row), rows_of(self.lines, row)
        one, other = (
            {what: line for what, line in lines.items() if what == found.what}
            for lines in (ours, theirs)
        )
        difference = first_difference(one, other)
        return difference and difference.later(found.row)


def _loud(later: _Later, most: int) -> set[int]:
    """Rows of the series where, with later candles, something begins to be said: the first."""
    first, end = _own_rows(later.stretch)
    said = np.zeros(end - first, dtype=np.bool_)
    for flags in spoken(later.answer.rules):
        begins = flags & ~np.append(False, flags[:-1])
        said |= begins[first - later.stretch.start : end - later.stretch.start]
    return {first + row for row in np.flatnonzero(said).tolist()[:most]}


def _refusal(later: _Later, count: int, found: Difference) -> Refused:
    """`found` is a difference that the first `count` candles make."""
    newest = later.at(found, found.row + 1)
    early = found.row + 1 if newest else count
    seen = newest or found
    enough = bisect_left(
        range(early + 1, len(later.candles)), True, key=lambda more: later.at(found, more) is None
    )
    values = shown(seen.one, seen.other)
    spot = later.stretch.spot(seen.row)
    return refused_at(
        spot,
        check="ahead",
        what=seen.what,
        says=f"{seen.what} at {spot} is {values[0]} {_known(later, early, seen.row)}, and "
        f"{values[1]} once {_are_known(enough + 1)}.",
        advice=_ROUNDING if seen.is_rounding else f"It looks ahead. {_LATER}",
        values=values,
    )


def _known(later: _Later, count: int, row: int) -> str:
    """Which candles are known, in words."""
    if count == row + 1:
        return "while that is the newest candle"
    opened = from_ms(int(later.candles.open_time[count - 1]))
    return f"while the newest candle is that of {opened:%Y-%m-%d %H:%M}"


def _are_known(count: int) -> str:
    return "the next candle is known" if count == 1 else f"the next {count} candles are known"
