"""The equity curve of an account that lives through a recorded tape, piece by piece."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from application.replay.candles import Loaded
from application.replay.closes import Closes
from domain.account.facts import AccountFact
from domain.candles import Floats, Times
from domain.performance.curve import EquityCurve
from domain.performance.marking import curve_of, last_closes

Told = tuple[int, Sequence[AccountFact]]
"""Facts, and the close (ms) at which equity shows them first."""


@dataclass(slots=True)
class Marks:
    """The closes of the account's periods, and the last prices of its markets at each."""

    _times: list[Times] = field(default_factory=list)
    _prices: list[dict[str, Floats]] = field(default_factory=list)
    newest: int = 0

    def copy(self) -> "Marks":
        """Another one that goes on by itself."""
        return Marks([*self._times], [*self._prices], self.newest)

    def add(self, closes: Closes, loaded: Loaded, part: slice, pairs: Iterable[str]) -> None:
        """Add some closes, with the prices of the pairs that matter there."""
        times = np.asarray(closes.at[part], np.int64)
        times = times[times > self.newest]
        if len(times):
            self._times.append(times)
            self._prices.append({pair: _prices(loaded, pair, times) for pair in sorted(pairs)})
            self.newest = int(times[-1])

    def curve(self, told: Iterable[Told], capital: Decimal) -> EquityCurve:
        """Equity at all closes."""
        times = np.concatenate([np.empty(0, np.int64), *self._times])
        pairs = sorted({pair for part in self._prices for pair in part})
        return curve_of(told, {pair: self._whole(pair) for pair in pairs}, times, capital)

    def _whole(self, pair: str) -> Floats:
        """The last prices of a pair at all closes, kept over parts without any."""
        parts = [
            part.get(pair, np.full(len(times), np.nan))
            for times, part in zip(self._times, self._prices, strict=True)
        ]
        prices = np.concatenate(parts)
        known = np.maximum.accumulate(np.where(np.isnan(prices), -1, np.arange(len(prices))))
        return np.where(known < 0, np.nan, prices[known])


def _prices(loaded: Loaded, pair: str, times: Times) -> Floats:
    candles = loaded.rows_of(pair).candles
    count = int(candles.open_time.searchsorted(times[-1] - loaded.frame.ms, side="right"))
    return last_closes(candles.open_time[:count] + loaded.frame.ms, candles.close[:count], times)
