"""What strategies say over loaded candles: in one pass, block by block as the live bot has them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from application.replay.closes import moments
from domain.account.period import Failure, Opinion
from domain.blocks import Window, needed, windows
from domain.candles import Candles
from domain.strategies.evaluate import Compute, StrategyFailed, said_in_block, said_in_newest
from domain.strategies.said import NONE, Said
from domain.strategies.strategy import Strategy
from domain.timeframes import Timeframe


class Heard:
    """All that a strategy says of a market's candles, oldest first, by its closes (ms).

    `entries` are those at which it wants to enter, or failed.
    """

    def __init__(
        self, pair: str, frame: Timeframe, parts: Sequence[Said], failures: Mapping[int, Failure]
    ) -> None:
        self.pair = pair
        self._parts = parts
        self._failures = failures
        closes = _joined([*(each.open_time + frame.ms for each in parts), [*failures]])
        order = np.argsort(closes, kind="stable")
        matters = _joined([*(each.enter != NONE for each in parts), np.ones(len(failures))]) > 0
        self.closes = moments(closes[order])
        self.entries = moments(closes[order][matters[order]])
        sizes = [*map(len, parts), len(failures)]
        self._part = moments(np.repeat(np.arange(len(sizes)), sizes)[order])
        self._row = moments(_joined([np.arange(size) for size in sizes])[order])

    def at(self, place: int) -> Opinion | Failure:
        """What is said at the close of that place."""
        part = self._part[place]
        if part == len(self._parts):
            return self._failures[self.closes[place]]
        return self._parts[part].opinion(self._row[place], self.pair)


def hear(
    strategy: Strategy, warm_up: int, pair: str, candles: Candles, frame: Timeframe,
    since: int, compute: Compute, tick: Callable[[], None] = lambda: None,
) -> Heard:  # fmt: skip
    """What the strategy says of candles that open at `since` (ms) or later.

    `candles` begin long enough before it.

    `tick` is called once in a while: it may raise to interrupt.
    """
    parts, failures = list[Said](), dict[int, Failure]()
    begin = candles.open_time.searchsorted(needed(since, frame, warm_up).since)
    for window in windows(candles[int(begin) :], frame, warm_up):
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


def _joined(arrays: Sequence[Any]) -> NDArray[np.int64]:
    return np.concatenate([np.asarray(each, dtype=np.int64) for each in arrays])
