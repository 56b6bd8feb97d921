"""Whether an exchange lives: stalls and their ends as facts, a dead feed told from a quiet one."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np

from application.ports import ScanMemory
from domain.candles import Candles
from domain.gaps import SEEN, is_dead, quiet_share
from domain.market_facts import ExchangeResumed, ExchangeStalled
from domain.timeframes import Timeframe
from domain.times import from_ms


class Stalls:
    """The stalls of one exchange. `at` of a stall is the last clock that could be believed."""

    def __init__(self, memory: ScanMemory, exchange: str) -> None:
        self._exchange = exchange
        self._since = memory.stalled_since()

    def begin(self, at: int | None, reason: str) -> Iterator[ExchangeStalled]:
        """It stalls, if it does not already; without any clock so far there is nothing to say."""
        if self._since is None and at is not None:
            self._since = from_ms(at)
            yield ExchangeStalled(self._since, self._exchange, reason)

    def end(self, at: int) -> Iterator[ExchangeResumed]:
        """It lives again, if it was stalled."""
        if self._since is not None:
            since, self._since = self._since, None
            yield ExchangeResumed(from_ms(at), self._exchange, since)


def dead_since(newest: Mapping[str, Candles], frame: Timeframe, close: int) -> datetime | None:
    """Since when no market traded, if quiet does not explain it; `newest` candles by pair.

    Give about 256 candles of each. What a market's candles say of how quiet it is, is what came
    before the silence.
    """
    traded = {pair: candles.open_time[candles.volume > 0] for pair, candles in newest.items()}
    trades = [int(times[-1]) for times in traded.values() if len(times)]
    if not trades:
        return None
    silent = max(trades) + frame.ms
    shares = [_share(candles, frame, silent) for candles in newest.values()]
    if not is_dead(shares, max(0, close - silent) // frame.ms):
        return None
    return from_ms(silent)


def _share(candles: Candles, frame: Timeframe, until: int) -> float:
    before = candles[: int(np.searchsorted(candles.open_time, until))][-SEEN:]
    if not len(before):
        return 1.0
    periods = int(before.open_time[-1] - before.open_time[0]) // frame.ms + 1
    return quiet_share(periods - int(np.count_nonzero(before.volume > 0)), periods)
