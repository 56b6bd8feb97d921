"""Pivots: which lows are, and when they are known."""

import numpy as np
import pytest

from adapters.indicators.patterns.pivots import lowest, pairs, pivot_lows, upside_down
from domain.candles import Candles
from tests.adapters.indicators.patterns.plain import pivots
from tests.adapters.indicators.series import random_candles


def with_lows(*lows: float) -> Candles:
    low = np.array(lows, dtype=np.float64)
    times = np.arange(len(low), dtype=np.int64) * 3_600_000
    return Candles(times, low + 1, low + 2, low, low + 1, low)


@pytest.mark.parametrize(
    ("lows", "rows", "reason"),
    [
        ((5, 4, 3, 4, 5), [2], "lowest of two before and two after"),
        ((5, 4, 3, 4), [], "only one candle after it: it is not known yet"),
        ((4, 3, 4, 5), [], "only one candle before it: it is not known whether it is one"),
        ((5, 4, 3, 4, 2), [], "a lower one is second after it"),
        ((2, 4, 3, 4, 5), [], "a lower one is second before it"),
        ((1, 5, 4, 3, 4, 5), [3], "a lower one is third before it"),
        ((5, 4, 3, 3, 5, 5), [2], "of two equal lows the first"),
        ((3, 4, 3, 4, 5), [], "an equal low is second before it"),
        ((5, 4, 3, 4, 3), [2], "an equal low is second after it"),
        ((3, 3, 3, 3, 3, 3), [], "nothing moves"),
        ((9, 8, 7, 6, 5, 4), [], "it only falls"),
        ((5, 4, 3, 5, 2, 5, 6), [4], "the lower of two lows that are close"),
        ((5, 4, 3, 4, 5, 4, 3, 4, 5), [2, 6], "two lows apart"),
        ((), [], "no candles"),
    ],
)
def test_a_pivot_low_is_the_first_lowest_of_its_surroundings(
    lows: tuple[float, ...], rows: list[int], reason: str
) -> None:
    assert pivot_lows(with_lows(*lows), 2, 2).tolist() == rows, reason


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 2), (2, 0), (1, 1), (5, 3), (20, 7)])
def test_pivots_are_those_of_a_plain_loop(left: int, right: int) -> None:
    candles = random_candles(500, seed=left + right)
    for each in (candles, upside_down(candles)):
        assert pivot_lows(each, left, right).tolist() == pivots(each.low, left, right)


def test_pivots_are_paired_with_all_before_them_that_are_not_too_far() -> None:
    earlier, later = pairs(np.array([3, 10, 14, 40]), 11)
    assert sorted(zip(earlier.tolist(), later.tolist(), strict=True)) == [
        (3, 10), (3, 14), (10, 14),
    ]  # fmt: skip


def test_the_lowest_price_of_a_stretch_is_without_its_end() -> None:
    prices = np.array([5.0, 3, 4, 1, 2])
    begin, end = np.array([0, 0, 2]), np.array([3, 4, 3])
    assert lowest(prices, begin, end).tolist() == [3, 1, 4]


def test_candles_upside_down_twice_are_themselves() -> None:
    candles = random_candles(50, seed=1)
    again = upside_down(upside_down(candles))
    assert all(
        np.array_equal(getattr(again, column), getattr(candles, column))
        for column in Candles.__slots__
    )
