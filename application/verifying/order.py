"""Facts of several accounts on one tape: in the order of periods, then of names."""

from typing import NamedTuple

PlaceOnTape = tuple[int, int, str]
"""A position on the market tape, whether it is a command behind it, and whose turn it is."""


class Placed(NamedTuple):
    """A fact at its position on the trading tape, and where it belongs."""

    recorded: int
    place: PlaceOnTape
    account: str
    version: int


def of_period(position: int, account: str) -> PlaceOnTape:
    """Where the facts belong that a period led to, or a plan that was applied with it."""
    return position, 0, account


def of_command(position: int) -> PlaceOnTape:
    """Where the facts of a command belong; those of one position may come in any order."""
    return position, 1, ""


class Order:
    """Looks at what was placed, place by place of the market tape."""

    def __init__(self) -> None:
        self._placed: list[Placed] = []
        self._last: Placed | None = None

    def note(self, placed: Placed) -> None:
        """Keep one for the next look."""
        self._placed.append(placed)

    def first_misplaced(self, until: int) -> Placed | None:
        """The first, up to a place of the market tape, that stands behind one it belongs before."""
        ripe = sorted(each for each in self._placed if each.place[0] <= until)
        self._placed = [each for each in self._placed if each.place[0] > until]
        for each in ripe:
            last, self._last = self._last, each
            if last is not None and (each.recorded < last.recorded or each.place < last.place):
                return each
        return None
