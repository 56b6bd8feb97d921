"""Ichimoku cloud: counted by hand, and compared with its textbook definition."""

import numpy as np
import pytest

from adapters.indicators.patterns.ichimoku import ichimoku
from domain.candles import Candles
from tests.adapters.indicators.patterns import textbook
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, with_candles

CANDLES = with_candles(
    drawn({0: 10}),  # (10, 10, 10, 10)
    (10, 14, 8, 12),
    (12, 16, 12, 16),
    (16, 20, 15, 19),
    (19, 19, 18, 18),
)


def test_the_cloud_over_a_candle_is_that_of_so_many_candles_ago() -> None:
    conversion, base, span_a, span_b = ichimoku(
        CANDLES, conversion=1, base=2, span=3, displacement=1
    )
    assert conversion.tolist() == [10, 11, 14, 17.5, 18.5]
    assert base[1:].tolist() == [11, 12, 16, 17.5]
    assert span_a[2:].tolist() == [11, 13, 16.75]
    assert span_b[3:].tolist() == [12, 14]
    assert np.isnan([base[0], *span_a[:2], *span_b[:3]]).all()


@pytest.mark.parametrize("lengths", [(9, 26, 52, 26), (3, 7, 20, 5), (26, 9, 5, 1)])
@pytest.mark.parametrize("candles", SERIES)
def test_it_is_that_of_the_textbook(candles: Candles, lengths: tuple[int, int, int, int]) -> None:
    names = ("conversion", "base", "span", "displacement")
    values = ichimoku(candles, **dict(zip(names, lengths, strict=True)))
    expected = np.array(textbook.ichimoku(candles, *lengths)).T
    assert np.array_equal(values, expected, equal_nan=True)
