"""A window holds the same candles however it came to be."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.blocks import (
    BLOCK,
    OUTAGE,
    LateCandle,
    Window,
    block_start,
    candles_needed,
    windows,
)
from domain.candles import Candles
from domain.timeframes import timeframe

MINUTE = timeframe("1m")
COLUMNS = Candles.__slots__
BEGIN = 20_000 * MINUTE.ms
STEPS = some.lists(
    some.one_of(
        some.just([1] * 40),
        some.just([1] * 150),
        some.lists(some.integers(1, OUTAGE + 1), min_size=1, max_size=20),
        some.integers(OUTAGE + 2, 600).map(lambda step: [step]),
    ),
    min_size=1,
    max_size=10,
).map(lambda parts: [step for part in parts for step in part])
WARM_UPS = some.sampled_from([0, 1, 13, 60, 300])


def candles_after(steps: list[int]) -> Candles:
    """Candles that many minutes after one another, their numbers told by their row."""
    times = BEGIN + np.cumsum(steps, dtype=np.int64) * MINUTE.ms
    close = 100 + np.arange(len(steps)) / 8
    return Candles(times, close, close + 1, close - 1, close, close * 3)


def same(window: Window, other: Window) -> bool:
    return all(
        np.array_equal(getattr(window.candles, column), getattr(other.candles, column))
        for column in COLUMNS
    )


def window_of(candles: Candles, warm_up: int) -> Window:
    window = Window(MINUTE, warm_up)
    window.extend(candles)
    return window


@settings(deadline=None)
@given(STEPS, WARM_UPS, some.data())
def test_candle_by_candle_in_chunks_and_reloaded_are_the_same(
    steps: list[int], warm_up: int, data: some.DataObject
) -> None:
    candles, count = candles_after(steps), len(steps)
    moments = data.draw(some.sets(some.integers(1, count), max_size=5), label="moments")
    by_candle, in_chunks = Window(MINUTE, warm_up), Window(MINUTE, warm_up)
    for begin, end in pairwise((0, *sorted(moments | {count}))):
        for row in range(begin, end):
            by_candle.extend(candles[row : row + 1])
        in_chunks.extend(candles[max(0, begin - 3) : end])
        reloaded = Window(MINUTE, warm_up)
        reloaded.reload(candles[max(0, end - candles_needed(warm_up)) : end])
        assert same(by_candle, in_chunks)
        assert same(by_candle, reloaded)


@settings(deadline=None)
@given(STEPS, WARM_UPS)
def test_the_windows_of_history_are_those_that_were_live(steps: list[int], warm_up: int) -> None:
    candles, live, may_signal = candles_after(steps), Window(MINUTE, warm_up), []
    ends = {int(each.candles.open_time[-1]): each for each in windows(candles, MINUTE, warm_up)}
    for row in range(len(candles)):
        live.extend(candles[row : row + 1])
        time = int(candles.open_time[row])
        if live.may_signal:
            may_signal.append(time)
        if time in ends:
            assert same(live, ends[time])
    of_history = [
        time
        for each in ends.values()
        for time in each.candles.open_time[each.first_row_that_may_signal :].tolist()
    ]
    assert of_history == may_signal


def test_a_block_is_256_periods() -> None:
    start = block_start(BEGIN, MINUTE)
    assert start <= BEGIN < start + BLOCK * MINUTE.ms
    assert block_start(start - 1, MINUTE) == start - BLOCK * MINUTE.ms
    assert block_start(start, MINUTE) == start


def test_a_block_of_weeks_starts_on_a_monday() -> None:
    assert block_start(1_700_000_000_000, timeframe("1w")) % (7 * 86_400_000) == 4 * 86_400_000


def test_a_window_holds_the_warm_up_and_the_block() -> None:
    candles = candles_after([1] * 1_000)
    window = window_of(candles, 50)
    start = block_start(int(candles.open_time[-1]), MINUTE)
    assert int(np.searchsorted(window.candles.open_time, start)) == 50
    assert window.candles.open_time[-1] == candles.open_time[-1]


def test_quiet_periods_are_skipped_and_an_outage_starts_anew() -> None:
    quiet = candles_after([1] * 10 + [OUTAGE + 1] + [1] * 5)
    assert len(window_of(quiet, 100).candles) == 16
    outage = candles_after([1] * 10 + [OUTAGE + 2] + [1] * 5)
    assert len(window_of(outage, 100).candles) == 6


def test_a_candle_may_signal_once_the_warm_up_stands_before_it() -> None:
    candles = candles_after([1] * 30)
    assert not window_of(candles[:20], 20).may_signal
    assert window_of(candles[:21], 20).may_signal


def test_a_candle_between_those_held_is_late() -> None:
    candles = candles_after([1] * 10)
    window = window_of(Candles.joined(candles[:5], candles[6:]), 20)
    with pytest.raises(LateCandle):
        window.extend(candles[5:6])


def test_a_candle_that_would_bridge_an_outage_is_late() -> None:
    candles = candles_after([1] * 10 + [20, 20] + [1] * 5)
    window = window_of(Candles.joined(candles[:10], candles[11:]), 20)
    assert len(window.candles) == 6
    with pytest.raises(LateCandle):
        window.extend(candles[10:11])


def test_a_candle_with_other_numbers_than_before_is_refused() -> None:
    candles = candles_after([1] * 10)
    window = window_of(candles, 20)
    other = Candles(candles.open_time, *(getattr(candles, name) + 1 for name in COLUMNS[1:]))
    with pytest.raises(LateCandle):
        window.extend(other[4:6])


def test_candles_out_of_order_are_refused() -> None:
    with pytest.raises(LateCandle):
        window_of(candles_after([1] * 10)[::-1], 20)


def test_no_candles_change_nothing() -> None:
    window = window_of(candles_after([1] * 10), 20)
    window.extend(Candles.none())
    assert len(window.candles) == 10
    assert not window_of(Candles.none(), 20).may_signal
    assert list(windows(Candles.none(), MINUTE, 20)) == []
