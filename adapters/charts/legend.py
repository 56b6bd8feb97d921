"""Legends: names in the colours of their lines, in as many rows as they need."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from adapters.charts.lettering import fitted, width_of
from adapters.charts.looks import LEGEND
from adapters.charts.sheet import Sheet

ROW = 17.0
"""The height of a row."""

_BETWEEN = 12.0


class Entry(NamedTuple):
    """A piece of a legend."""

    text: str
    colour: str


class Placed(NamedTuple):
    """Where a piece stands: so far from the left, in that row."""

    x: float
    row: int
    entry: Entry


def placed(entries: Iterable[Entry], room: float) -> list[Placed]:
    """The pieces one after the other, cut where one alone is wider than the room."""
    found: list[Placed] = []
    x, row = 0.0, 0
    for entry in entries:
        text = fitted(entry.text, LEGEND, room)
        width = width_of(text, LEGEND)
        if x and x + width > room:
            x, row = 0.0, row + 1
        found.append(Placed(x, row, Entry(text, entry.colour)))
        x += width + _BETWEEN
    return found


def height_of(legend: Sequence[Placed]) -> float:
    """The height of all its rows."""
    return ROW * (1 + max((each.row for each in legend), default=-1))


def draw_legend(sheet: Sheet, legend: Sequence[Placed], left: float, top: float) -> None:
    """The legend from its upper left corner on."""
    for x, row, entry in legend:
        sheet.text(left + x, top + (row + 0.5) * ROW, entry.text, entry.colour, LEGEND)
