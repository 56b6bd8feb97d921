"""The equity curve of an account, made span by span while candles are in memory."""

import numpy as np

from application.backtest import Outcome
from application.plans import AccountPlan
from application.replay.candles import Loaded
from application.replay.lane import Stretch
from domain.candles import Floats, Times
from domain.performance.curve import EquityCurve
from domain.performance.marking import curve_of, last_closes


class CurveInParts:
    """Equity at all closes of the account's timeframe."""

    def __init__(self, plan: AccountPlan) -> None:
        self._plan = plan
        self._parts = list[EquityCurve]()

    def add(self, outcome: Outcome, stretch: Stretch, until: int) -> None:
        """Add the closes of a span up to `until` (ms)."""
        name, capital = self._plan.timeframe, self._plan.capital
        times = np.asarray(stretch.closes[name].at, np.int64)
        times = times[: int(times.searchsorted(until, side="right"))]
        if not len(times):
            return
        loaded = stretch.loaded[name]
        closes = {pair: _closes(loaded, pair, times) for pair in loaded.rows}
        told = ((chapter.close, chapter.facts) for chapter in outcome.chapters)
        self._parts.append(curve_of(told, closes, times, capital))

    def whole(self) -> EquityCurve:
        """The curve so far."""
        return EquityCurve(
            np.concatenate([np.empty(0, np.int64), *(part.at for part in self._parts)]),
            np.concatenate([np.empty(0), *(part.equity for part in self._parts)]),
        )


def _closes(loaded: Loaded, pair: str, times: Times) -> Floats:
    """The last close of a pair at each time; at the first one it may be from before."""
    candles, length = loaded.rows_of(pair).candles, loaded.frame.ms
    count = int(candles.open_time.searchsorted(times[-1] - length, side="right"))
    closed_at, closes = candles.open_time[:count] + length, candles.close[:count]
    if not count or closed_at[0] > times[0]:
        first = loaded.last(pair, int(times[0]))
        if first is not None:
            closed_at = np.concatenate((times[:1], closed_at))
            closes = np.concatenate(([float(first)], closes))
    return last_closes(closed_at, closes, times)
