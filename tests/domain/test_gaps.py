"""Outages told from quiet: every hole where quiet candles are published, else improbable ones."""

import numpy as np
import pytest

from domain.gaps import Hole, holes, is_dead, outages, quiet_share
from domain.timeframes import timeframe

FRAME = timeframe("1m")
MINUTE = FRAME.ms


def times(*minutes: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array(minutes, dtype=np.int64) * MINUTE


def with_every_missing(step: int, count: int = 256) -> list[int]:
    """So many minutes, of which every `step`th is quiet; 0: none."""
    return [minute for minute in range(count) if not step or minute % step]


def test_a_series_without_a_hole_has_none() -> None:
    assert holes(times(5, 6, 7), FRAME) == []
    assert holes(times(), FRAME) == []
    assert holes(times(5), FRAME) == []


def test_a_hole_goes_from_the_first_missing_open_to_the_next_one_there() -> None:
    assert holes(times(5, 8, 9, 11), FRAME) == [
        Hole(6 * MINUTE, 8 * MINUTE, 2),
        Hole(10 * MINUTE, 11 * MINUTE, 1),
    ]


def test_where_quiet_candles_are_published_every_hole_is_an_outage() -> None:
    assert outages(times(5, 7), FRAME, quiet_candles=True) == holes(times(5, 7), FRAME)


@pytest.mark.parametrize(
    ("step", "length", "is_outage"),
    [
        (0, 3, False),  # p = 1/258: to the power of 3 it is 6e-8
        (0, 4, True),  # 2e-10
        (2, 29, False),  # every other one: p = 129/258, of which 2 ** -29 is above 1e-9
        (2, 30, True),  # 2 ** -30 is below
        (10, 9, False),  # p = 27/258: 1.5e-9
        (10, 10, True),
    ],
)
def test_a_hole_is_an_outage_where_such_a_silence_is_too_improbable(
    step: int, length: int, is_outage: bool
) -> None:
    before = with_every_missing(step)
    series = times(*before, before[-1] + length + 1)
    found = outages(series, FRAME, quiet_candles=False)
    assert [hole.candles for hole in found] == ([length] if is_outage else [])


def test_a_hole_is_quiet_where_one_a_third_as_long_was_quiet() -> None:
    """There was a silence of 5 that was quiet by then, so 15 is not enough."""
    start = with_every_missing(2, 100)
    lively = [start[-1] + 6 + minute for minute in range(200)]
    for length, is_outage in ((15, False), (16, True)):
        series = times(*start, *lively, lively[-1] + length + 1)
        found = outages(series, FRAME, quiet_candles=False)
        assert bool(found) == is_outage


def test_an_outage_does_not_make_a_market_a_quiet_one() -> None:
    first = list(range(100))
    second = [first[-1] + 1_000 + minute for minute in range(100)]
    series = times(*first, *second, second[-1] + 11)
    assert [hole.candles for hole in outages(series, FRAME, quiet_candles=False)] == [999, 10]


def test_nothing_is_known_of_a_market_without_a_past() -> None:
    assert outages(times(0, 19), FRAME, quiet_candles=False) == []


def test_a_share_of_quiet_periods_is_never_none_nor_all() -> None:
    assert 0 < quiet_share(0, 256) < quiet_share(255, 256) < quiet_share(256, 256) < 1


def test_markets_are_dead_where_their_quiet_would_hardly_coincide() -> None:
    assert not is_dead([0.5] * 10, 2)
    assert is_dead([0.5] * 10, 3)
    assert is_dead([0.001], 4)
    assert not is_dead([1.0] * 50, 1_000)
