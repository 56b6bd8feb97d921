"""How many candles one beginning of a history needs until its values are those of a longer one."""

from typing import NamedTuple

import numpy as np

from domain.candles import Floats

AGREE = 1e-11
"""Values agree that differ by this part of the value, or of the line's median size."""

_FADED, _STAYED = 0.1, 0.999
_JUMP = 1e-6


class Need(NamedTuple):
    """From one beginning: candles until the values agreed, and until there was one.

    What became of the difference: it `fades` to a small part of what it was, `stays` as it is, or
    `jumps` to nothing. `rows` were compared.
    """

    candles: int
    first: int
    fades: bool
    stays: bool
    jumps: bool
    rows: int

    @property
    def is_found(self) -> bool:
        """Whether the values agreed over more than half of the rows."""
        return 2 * max(self.candles, self.first) < self.rows

    @property
    def is_hopeful(self) -> bool:
        """Whether more candles may help."""
        return self.is_found or self.fades or 8 * self.first > self.rows


def need_of(part: Floats, whole: Floats) -> Need | None:
    """What it needs; None where there is nothing to compare.

    Behind the last value of either nothing is: a division by zero ended it.
    """
    known = [np.flatnonzero(np.isfinite(line)) for line in (part, whole)]
    if not (len(known[0]) and len(known[1])):
        return None
    rows = int(min(known[0][-1], known[1][-1])) + 1
    first = int(known[0][0])
    if first >= rows:
        return None
    part, whole = part[:rows], whole[:rows]
    differences = _differences(part, whole)
    differing = np.flatnonzero(_shares(differences, whole) > AGREE)
    early, late = np.split(differences[first:], [(rows - first) // 2])
    return Need(
        candles=int(differing[-1]) + 1 if len(differing) else 0,
        first=first,
        fades=bool(late.max() < _FADED * early.max(initial=0.0)),
        stays=bool(late.min() > _STAYED * early.max(initial=0.0)),
        jumps=bool(len(differing)) and bool(_shares(differences, whole)[differing[-1]] > _JUMP),
        rows=rows,
    )


def _differences(part: Floats, whole: Floats) -> Floats:
    """Infinite where only one has a value."""
    with np.errstate(invalid="ignore"):
        differences = np.where(part == whole, 0.0, np.abs(part - whole))
    both_none = np.isnan(part) & np.isnan(whole)
    return np.where(both_none, 0.0, np.nan_to_num(differences, nan=np.inf))


def _shares(differences: Floats, whole: Floats) -> Floats:
    """The differences as parts of the value, or of the median size."""
    sizes = np.abs(whole)
    size = np.fmax(sizes, np.nanmedian(sizes))
    shares: Floats = np.zeros_like(differences)
    np.divide(differences, size, out=shares, where=differences > 0)
    return shares
