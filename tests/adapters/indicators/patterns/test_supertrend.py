"""Supertrend: counted by hand, and compared with its textbook definition."""

import numpy as np
import pytest

from adapters.indicators.patterns.supertrend import supertrend
from domain.candles import Candles
from tests.adapters.indicators.patterns import textbook
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, with_candles

# Candles of one price, ranges of one candle, bands one range away: (price, trend, level, reason)
BY_HAND = [
    (11.0, 1, 10.0, "the first candle that has a range: it is up"),
    (12.0, 1, 11.0, "the level follows"),
    (11.5, 1, 11.0, "a range of 0.5 would put the level at 11 as well"),
    (11.0, 1, 11.0, "the level does not fall; a close on it is not beyond it"),
    (10.0, -1, 11.0, "a close below it: down, with the upper band, which has come down, as level"),
    (9.0, -1, 10.0, "the level follows"),
    (10.0, -1, 10.0, "it does not rise; a close on it is not beyond it"),
    (12.0, 1, 10.0, "a close above it: up, with the lower band as level"),
]
PRICES = with_candles(drawn({0: 10.0}), *((price,) * 4 for price, *_ in BY_HAND))


def test_the_trend_turns_at_a_close_beyond_the_level_that_it_followed() -> None:
    trend, level = supertrend(PRICES, period=1, multiplier=1.0)
    assert np.isnan([trend[0], level[0]]).all()
    assert trend[1:].tolist() == [trend for _, trend, _, _ in BY_HAND]
    assert level[1:].tolist() == [level for _, _, level, _ in BY_HAND]


def test_in_the_mirrored_market_all_is_mirrored() -> None:
    waves = drawn({0: 100, 40: 80, 70: 95, 90: 85, 120: 110})
    (trend, level), (other, other_level) = supertrend(waves), supertrend(mirrored(waves))
    assert np.array_equal(other, -trend, equal_nan=True)
    assert np.allclose(other_level, 200 - level, rtol=1e-12, atol=0, equal_nan=True)
    assert set(trend[10:]) == {1, -1}


@pytest.mark.parametrize(("period", "multiplier"), [(10, 3.0), (7, 1.5), (1, 1.0), (30, 4.0)])
@pytest.mark.parametrize("candles", SERIES)
def test_it_is_that_of_the_textbook(candles: Candles, period: int, multiplier: float) -> None:
    trend, level = supertrend(candles, period=period, multiplier=multiplier)
    trends, levels = textbook.supertrend(candles, period, multiplier)
    assert np.array_equal(trend, trends, equal_nan=True)
    assert np.allclose(level, levels, rtol=1e-12, atol=0, equal_nan=True)
    assert set(trend[period:]) == {1, -1}


@pytest.mark.parametrize("candles", SERIES)
def test_the_level_never_lies_beyond_the_close(candles: Candles) -> None:
    trend, level = supertrend(candles)
    assert np.all((candles.close - level)[10:] * trend[10:] >= 0)
