"""Long curves, thinned to what a picture can show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.candles import Floats, Times
from domain.performance.curve import EquityCurve
from domain.performance.drawdown import drawdowns

Places = NDArray[np.int64]

WIDEST = 2_400
"""No picture has more columns of pixels."""


@dataclass(frozen=True, slots=True)
class Points:
    """Values (float64) at times (ms, ascending)."""

    at: Times
    values: Floats

    def thinned(self, columns: int) -> "Points":
        """Those that show in so many columns of pixels."""
        places = places_to_see(self.values, columns)
        return Points(self.at[places], self.values[places])

    def highest(self, columns: int) -> "Points":
        """The highest in each of so many columns: the edge of an area."""
        places = places_to_see(self.values, columns, lowest=False)
        return Points(self.at[places], self.values[places])


@dataclass(frozen=True, slots=True)
class SeenCurve:
    """What the widest picture shows of a curve: its equity, and its drawdowns as shares."""

    equity: Points
    fallen: Points

    @property
    def first(self) -> float:
        """Its first equity."""
        return float(self.equity.values[0])

    @property
    def last(self) -> float:
        """Its last equity."""
        return float(self.equity.values[-1])

    @property
    def deepest(self) -> float:
        """Its largest drawdown."""
        return float(self.fallen.values.max())


def seen(curve: EquityCurve) -> SeenCurve:
    """A curve as pictures show it."""
    return SeenCurve(
        Points(curve.at, curve.equity).thinned(WIDEST),
        Points(curve.at, drawdowns(curve.equity)).highest(WIDEST),
    )


def places_to_see(values: Floats, columns: int, *, lowest: bool = True) -> Places:
    """Which of the values to draw in so many columns of pixels, ascending.

    The highest of each part and, if they are to be seen, the lowest; and both ends.
    """
    count = len(values)
    if count <= columns * (1 + lowest):
        return np.arange(count)
    step = -(-count // columns)
    parts = np.pad(values, (0, -count % step), mode="edge").reshape(-1, step)
    starts = np.arange(len(parts)) * step
    found = [starts + parts.argmax(axis=1), np.array([0, count - 1])]
    if lowest:
        found.append(starts + parts.argmin(axis=1))
    return np.unique(np.concatenate(found).clip(0, count - 1))
