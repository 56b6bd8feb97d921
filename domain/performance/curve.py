"""An equity curve: what an account was worth, close after close."""

from dataclasses import dataclass

import numpy as np

from domain.candles import Floats, Times

ROUNDING = 1e-14
"""A share of equity that is no more than doubles make of nothing."""


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """Equity at closes: `at` (ms, int64, ascending), `equity` (quote, float64), of one length."""

    at: Times
    equity: Floats

    def __post_init__(self) -> None:
        if self.at.shape != self.equity.shape:
            raise ValueError(f"{self.at.shape} moments and {self.equity.shape} values of equity")

    def __len__(self) -> int:
        return len(self.at)

    def begun(self, moment: int, equity: float) -> "EquityCurve":
        """The curve with what there was at `moment` (ms) in front; points up to then are left."""
        later = int(np.searchsorted(self.at, moment, side="right"))
        return EquityCurve(
            np.concatenate((np.array([moment], np.int64), self.at[later:])),
            np.concatenate((np.array([equity]), self.equity[later:])),
        )

    def between(self, since: int, until: int) -> "EquityCurve":
        """The points behind `since` up to `until` (ms)."""
        begin, end = np.searchsorted(self.at, (since, until), side="right")
        return EquityCurve(self.at[begin:end], self.equity[begin:end])

    def known_at(self, moments: Times) -> Floats:
        """The last equity at each of the moments (ms), none of which is before the first point."""
        return self.equity[np.searchsorted(self.at, moments, side="right") - 1]
