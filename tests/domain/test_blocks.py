"""A window holds the same candles however it came to be."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.blocks import (
    BLOCK,
    BRIDGED,
    CONTEXT,
    REACH,
    LateCandle,
    Window,
    block_start,
    needed,
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
        some.lists(some.integers(1, BRIDGED + 1), min_size=1, max_size=20),
        some.integers(BRIDGED + 2, 600).map(lambda step: [step]),
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


def quiet_at(candles: Candles, rows: list[int]) -> Candles:
    """The same candles, some of them flat and without volume."""
    columns = {name: getattr(candles, name).copy() for name in COLUMNS}
    for row in rows:
        for name in ("open", "high", "low"):
            columns[name][row] = columns["close"][row]
        columns["volume"][row] = 0.0
    return Candles(**columns)


def reloaded(candles: Candles, warm_up: int) -> Window:
    """A window read as from the tape: what it needs of the traded candles, and no more."""
    window = Window(MINUTE, warm_up)
    since, count = needed(int(candles.open_time[-1]), MINUTE, warm_up)
    traded = candles.traded()
    window.reload(traded.where(traded.open_time >= since)[-count:])
    return window


@settings(deadline=None)
@given(STEPS, WARM_UPS, some.data())
def test_candle_by_candle_in_chunks_and_reloaded_are_the_same(
    steps: list[int], warm_up: int, data: some.DataObject
) -> None:
    count = len(steps)
    quiet = data.draw(some.sets(some.integers(0, count - 1), max_size=40), label="quiet")
    candles = quiet_at(candles_after(steps), sorted(quiet))
    moments = data.draw(some.sets(some.integers(1, count), max_size=5), label="moments")
    by_candle, in_chunks = Window(MINUTE, warm_up), Window(MINUTE, warm_up)
    for begin, end in pairwise((0, *sorted(moments | {count}))):
        for row in range(begin, end):
            by_candle.extend(candles[row : row + 1])
        in_chunks.extend(candles[max(0, begin - 3) : end])
        again = reloaded(candles[:end], warm_up)
        assert same(by_candle, in_chunks)
        if end - 1 not in quiet:  # else it is asked at a candle of which no window knows
            assert same(by_candle, again)
            assert by_candle.begins_surely == again.begins_surely


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
    assert may_signal == may_signal_in(candles, warm_up)


@settings(deadline=None)
@given(STEPS, WARM_UPS, some.data())
def test_a_longer_history_never_gives_another_window(
    steps: list[int], warm_up: int, data: some.DataObject
) -> None:
    candles = candles_after(steps)
    begin = data.draw(some.integers(0, len(steps) - 1), label="begin")
    longer, shorter = Window(MINUTE, warm_up), Window(MINUTE, warm_up)
    longer.extend(candles[:begin])
    for row in range(begin, len(candles)):
        longer.extend(candles[row : row + 1])
        shorter.extend(candles[row : row + 1])
        assert not shorter.may_signal or (longer.may_signal and same(longer, shorter))


def may_signal_in(candles: Candles, warm_up: int) -> list[int]:
    """The open times that may signal, by the windows of history."""
    return [
        time
        for each in windows(candles, MINUTE, warm_up)
        for time in each.candles.open_time[each.first_row_that_may_signal :].tolist()
    ]


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


def test_quiet_periods_are_skipped_whether_missing_or_flat() -> None:
    candles = candles_after([1] * 900)
    rows = [650, 651, 700]
    missing = candles.where(~np.isin(np.arange(900), rows))
    assert same(window_of(missing, 100), window_of(quiet_at(candles, rows), 100))
    assert len(window_of(missing, 100).candles) > 100


def test_a_short_hole_is_bridged_and_an_outage_begins_anew() -> None:
    before = [1] * 300
    short = window_of(candles_after([*before, BRIDGED + 1, *[1] * 4]), 20)
    assert len(short.candles) > 5
    outage = window_of(candles_after([*before, BRIDGED + 2, *[1] * 4]), 20)
    assert len(outage.candles) == 5
    assert outage.begins_surely


@pytest.mark.parametrize(
    ("before", "missing", "is_outage"),
    [
        ([1] * 256, 25, True),  # never quiet
        ([1] * 255 + [400], 25, True),  # the longest hole is set aside: it may be an outage itself
        ([1] * 128 + [9] * 128, 25, False),  # as long as 3 holes of 8 and a little
        ([1] * 128 + [9] * 128, 100, True),
        ([1] * 240 + [31] * 16, 60, False),  # holes of 30 happen there
        ([1] * 240 + [31] * 16, 91, True),
        ([4] * 256, 60, False),  # three of four periods are quiet: 0.75 ** 60 is 3e-8
        ([4] * 256, 80, True),
    ],
)
def test_a_hole_is_an_outage_where_quiet_does_not_explain_it(
    before: list[int], missing: int, is_outage: bool
) -> None:
    window = window_of(candles_after([1] * 10 + before + [missing + 1]), 20)
    assert (len(window.candles) == 1) == is_outage


def test_a_long_hole_that_cannot_be_judged_yet_keeps_silent() -> None:
    window = window_of(candles_after([1] * (CONTEXT - 1) + [BRIDGED + 2] + [1] * 30), 20)
    assert len(window.candles) == 31
    assert not window.may_signal


def test_a_window_reaches_back_only_so_far() -> None:
    rare = candles_after([3 * REACH] * 900)
    window = window_of(rare, 300)
    since, _ = needed(int(rare.open_time[-1]), MINUTE, 300)
    assert window.candles.open_time[0] >= since
    assert not window.may_signal


def test_a_candle_may_signal_once_the_whole_warm_up_stands_before_its_block() -> None:
    to_block = (block_start(BEGIN, MINUTE) - BEGIN) // MINUTE.ms + BLOCK
    candles = candles_after([1] * (to_block + 30))  # the first opens a minute after BEGIN
    assert may_signal_in(candles, to_block - 1) == candles.open_time[to_block - 1 :].tolist()
    assert may_signal_in(candles, to_block) == []


def test_after_an_outage_a_candle_may_signal_once_the_warm_up_stands_before_it() -> None:
    candles = candles_after([1] * 400 + [600] + [1] * 30)
    assert not window_of(candles[:420], 20).may_signal
    assert window_of(candles[:421], 20).may_signal
    assert len(window_of(candles[:421], 20).candles) == 21


def test_candles_of_a_window_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        window_of(candles_after([1] * 10), 5).candles.close[0] = 1.0


def test_a_candle_that_is_said_to_be_quiet_after_all_is_refused() -> None:
    candles = candles_after([1] * 10)
    window = window_of(candles, 20)
    with pytest.raises(LateCandle):
        window.extend(quiet_at(candles, [5])[4:7])


def test_a_candle_between_those_held_is_late() -> None:
    candles = candles_after([1] * 10)
    window = window_of(Candles.joined(candles[:5], candles[6:]), 20)
    with pytest.raises(LateCandle):
        window.extend(candles[5:6])


def test_a_candle_that_would_bridge_an_outage_is_late() -> None:
    candles = candles_after([1] * 300 + [20, 20] + [1] * 5)
    window = window_of(Candles.joined(candles[:300], candles[301:]), 20)
    assert len(window.candles) == 6
    with pytest.raises(LateCandle):
        window.extend(candles[300:301])


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
