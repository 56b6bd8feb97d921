"""What strategies say over loaded candles: in one pass, block by block as the live bot has them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from application.replay.closes import moments
from domain.account.period import Failure, Opinion
from domain.blocks import Window, windows
from domain.candles import Candles
from domain.strategies.evaluate import Compute, StrategyFailed, said_in_block, said_in_newest
from domain.strategies.said import NONE, Said
from domain.strategies.strategy import Strategy
from domain.timeframes import Timeframe


class Heard:
    """All that a strategy says of a market's candles, found by their closes (ms).

    `entries` are where it wants to enter, or failed; `others` where it says only exits, and where
    stops belong.
    """

    def __init__(
        self, pair: str, frame: Timeframe, parts: Sequence[Said], failures: Mapping[int, Failure]
    ) -> None:
        self.pair = pair
        self._parts = parts
        self._failures = failures
        self._starts = [0, *accumulate(map(len, parts))]
        closes = _joined([each.open_time for each in parts]) + frame.ms
        enters = _joined([each.enter for each in parts]) != NONE
        self._closes = moments(closes)
        self.entries = moments(np.union1d(closes[enters], np.array([*failures], np.int64)))
        self.others = moments(closes[~enters])

    def at(self, close: int) -> Opinion | Failure | None:
        """What is said at a close."""
        if self._failures and close in self._failures:
            return self._failures[close]
        place = bisect_left(self._closes, close)
        if place == len(self._closes) or self._closes[place] != close:
            return None
        part = bisect_right(self._starts, place) - 1
        return self._parts[part].opinion(place - self._starts[part], self.pair)


def hear(
    strategy: Strategy, warm_up: int, pair: str, candles: Candles, frame: Timeframe,
    since: int, compute: Compute, tick: Callable[[], None] = lambda: None,
) -> Heard:  # fmt: skip
    """What the strategy says of candles that open at `since` (ms) or later.

    `candles` begin long enough before it.

    `tick` is called once in a while: it may raise to interrupt.
    """
    parts, failures = list[Said](), dict[int, Failure]()
    for window in windows(candles, frame, warm_up):
        tick()
        try:
            said = said_in_block(strategy, window, compute, since)
            parts += [said] if said is not None else []
        except StrategyFailed:
            _one_by_one(strategy, pair, window, since, compute, parts, failures)
    return Heard(pair, frame, parts, failures)


def _one_by_one(
    strategy: Strategy, pair: str, window: Window, since: int, compute: Compute,
    parts: list[Said], failures: dict[int, Failure],
) -> None:  # fmt: skip
    """The same, asked at each candle: code that fails for a block may not for a part of it."""
    times = window.candles.open_time
    for row in range(window.first_row_that_may_signal, len(times)):
        if times[row] < since:
            continue
        try:
            said = said_in_newest(strategy, window.until(row), compute)
            parts += [said] if said is not None else []
        except StrategyFailed as failed:
            close = int(times[row]) + window.timeframe.ms
            failures[close] = Failure(strategy.name, pair, str(failed))


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    return np.concatenate(arrays).astype(np.int64) if arrays else np.empty(0, dtype=np.int64)
