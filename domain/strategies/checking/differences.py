"""Where two answers about the same candles differ."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from domain.candles import Floats
from domain.strategies.checking.asking import Line, Lines
from domain.strategies.strategy import Flags

ROUNDING = 1e-9
"""Numbers that differ by less, relatively, differ by rounding."""


class Difference(NamedTuple):
    """A row on which a line differs, and both numbers."""

    row: int
    what: str
    one: float
    other: float

    def later(self, rows: int) -> "Difference":
        """The same, its row counted from so many rows earlier."""
        return self._replace(row=self.row + rows)

    @property
    def is_rounding(self) -> bool:
        """Whether only the last digits differ."""
        if isinstance(self.one, bool | np.bool_):
            return False
        return bool(abs(self.one - self.other) <= ROUNDING * abs(self.other))


def first_difference(one: Lines, other: Lines) -> Difference | None:
    """The first row on which not all lines are equal, bit for bit."""
    return earliest(
        (what, ours, theirs, ~_are_same(ours, theirs)) for what, ours, theirs in paired(one, other)
    )


def earliest(differing: Iterable[tuple[str, Line, Line, Flags]]) -> Difference | None:
    """The first of lines that differ on these rows: the line of the earliest row."""
    found = None
    for what, ours, theirs, rows in differing:
        row = int(rows.argmax()) if rows.any() else None
        if row is not None and (found is None or row < found.row):
            found = Difference(row, what, ours[row], theirs[row])
    return found


def paired(one: Lines, other: Lines) -> Iterator[tuple[str, Line, Line]]:
    """Each line of two answers; one that is missing says nothing on all rows."""
    for what, line in (one | other).items():
        nothing = np.zeros_like(line) if line.dtype == np.bool_ else np.full_like(line, np.nan)
        yield what, one.get(what, nothing), other.get(what, nothing)


def are_near(one: Line, other: Line, usual: float) -> Flags:
    """Rows on which flags are the same, and numbers equal but for rounding.

    Measured by the number itself or by what is usual for its line, whichever is larger.
    """
    if one.dtype == np.bool_:
        return _are_same(one, other)
    with np.errstate(invalid="ignore"):
        apart: Floats = np.abs(one - other)
        is_near = apart <= ROUNDING * np.maximum(np.abs(other), usual)
    return np.asarray(is_near & np.isfinite(apart)) | _are_same(one, other)


def _are_same(one: Line, other: Line) -> Flags:
    """Rows on which two lines have the same number, or none."""
    return np.asarray((one == other) | (_is_nothing(one) & _is_nothing(other)))


def _is_nothing(line: Line) -> Flags:
    """Rows that are not a number."""
    return np.isnan(line) if line.dtype != np.bool_ else np.zeros(len(line), dtype=np.bool_)
