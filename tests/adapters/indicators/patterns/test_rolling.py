"""Highs, lows, means and deviations of the last values, compared with numpy's own of each run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adapters.indicators.patterns.rolling import (
    deviation,
    earlier,
    highest,
    lowest,
    mean,
    true_range,
)
from domain.candles import Floats
from tests.adapters.indicators.series import random_candles
from tests.drawn import drawn, with_candles

Rolling = Callable[[Floats, int], Floats]
CANDLES = random_candles(5_000, seed=11)
ALL: list[tuple[Rolling, Callable[[Floats], Any]]] = [
    (highest, np.max),
    (lowest, np.min),
    (mean, np.mean),
    (deviation, np.std),
]


@pytest.mark.parametrize(("rolling", "of_a_run"), ALL)
@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 20, 129])
def test_each_is_that_of_the_last_values(
    rolling: Rolling, of_a_run: Callable[[Floats], Any], length: int
) -> None:
    values = CANDLES.close[:600]
    expected = [of_a_run(values[end - length : end]) for end in range(length, 601)]
    assert np.isnan(rolling(values, length)[: length - 1]).all()
    assert np.allclose(rolling(values, length)[length - 1 :], expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize(("rolling", "of_a_run"), ALL)
@pytest.mark.parametrize("length", [1, 2, 20, 129])
def test_the_bits_are_the_same_wherever_the_series_begins_and_ends(
    rolling: Rolling, of_a_run: Callable[[Floats], Any], length: int
) -> None:
    whole = rolling(CANDLES.close, length)
    for begin in (0, 1, 13, 800):
        for end in (begin + length, begin + length + 1, begin + 400, begin + 4_200):
            part = rolling(CANDLES.close[begin:end], length)
            assert np.array_equal(part[length - 1 :], whole[begin + length - 1 : end])


@pytest.mark.parametrize(("rolling", "of_a_run"), ALL)
def test_too_few_values_have_none(rolling: Rolling, of_a_run: Callable[[Floats], Any]) -> None:
    for count in (0, 1, 4):
        assert np.isnan(rolling(CANDLES.close[:count], 5)).tolist() == [True] * count


@pytest.mark.parametrize("price", [0.1, 3e-12, 7e-299, 1e15])
def test_values_that_do_not_move_do_not_deviate(price: float) -> None:
    values = np.full(50, price)
    with np.errstate(all="raise"):
        assert mean(values, 7)[6:].tolist() == [price] * 44
        assert deviation(values, 7)[6:].tolist() == [0.0] * 44


def test_the_true_range_takes_in_the_close_before() -> None:
    gaps = with_candles(
        drawn({0: 100}), (103, 105, 102, 104), (101, 102, 98, 99), (99, 101, 97, 98)
    )
    assert true_range(gaps).tolist()[1:] == [5, 6, 4]
    assert np.isnan(true_range(gaps)[0])


def test_earlier_values_are_those_of_so_many_candles_ago() -> None:
    assert earlier(np.array([1.0, 2, 3, 4]), 2)[2:].tolist() == [1, 2]
    assert np.isnan(earlier(np.array([1.0, 2, 3]), 5)).all()
