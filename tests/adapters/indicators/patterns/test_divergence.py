"""Divergences of price and RSI, drawn by hand and compared with plain loops."""

import numpy as np
import pytest

from adapters.indicators.engine import compute
from adapters.indicators.patterns.divergence import divergence
from domain.candles import Candles
from domain.strategies.strategy import Indicator
from tests.adapters.indicators.patterns import plain
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, rows_of

Points = dict[int, float]
TEXTBOOK: Points = {0: 120, 20: 90, 28: 97, 40: 89, 50: 97}

DRAWINGS: list[tuple[Points, list[int], str]] = [
    (TEXTBOOK, [43], "a new low at 40, known three candles later, and the fall was slower"),
    ({**TEXTBOOK, 40: 90}, [], "an equal low"),
    ({**TEXTBOOK, 40: 90.5}, [], "a higher low"),
    ({0: 120, 20: 90, 28: 97, 80: 89, 90: 97}, [83], "lows 60 candles apart"),
    ({0: 120, 20: 90, 28: 97, 81: 89, 90: 97}, [], "lows too far apart"),
    ({0: 100, 15: 104, 26: 97, 29: 98, 45: 80, 55: 85}, [], "RSI is lower too: 26, then 7"),
    ({0: 100, 15: 104, 25: 98.5, 33: 103.5, 45: 98.4, 55: 103}, [], "RSI was 31, not oversold"),
    ({0: 120, 20: 90, 28: 97, 34: 87, 40: 95, 46: 88, 60: 97}, [37], "the low at 46 is no new one"),
    ({0: 120, 20: 90, 28: 97, 40: 89, 42: 90}, [], "it is not known yet"),
    ({0: 120, 20: 90, 28: 97, 40: 89, 43: 90}, [43], "now it is"),
    ({0: 120, 20: 90, 28: 97, 40: 89, 41: 91, 43: 88, 60: 97}, [46], "the lower of two close lows"),
    ({0: 120, 4: 100, 10: 110, 22: 95, 40: 104}, [], "the low at 4 has no RSI, and no five before"),
    ({0: 120, 60: 90}, [], "it only falls"),
    ({0: 100, 60: 100}, [], "nothing moves"),
]


@pytest.mark.parametrize(("points", "found", "reason"), DRAWINGS)
def test_a_bullish_divergence_is_found_where_the_new_low_is_confirmed(
    points: Points, found: list[int], reason: str
) -> None:
    bullish, bearish, _ = divergence(drawn(points))
    assert rows_of(bullish) == found, reason
    assert rows_of(bearish) == [], reason


@pytest.mark.parametrize(("points", "found", "reason"), DRAWINGS)
def test_a_bearish_divergence_is_the_mirror_image(
    points: Points, found: list[int], reason: str
) -> None:
    bullish, bearish, _ = divergence(mirrored(drawn(points)))
    assert rows_of(bearish) == found, reason
    assert rows_of(bullish) == [], reason


def test_where_it_is_oversold_is_a_parameter() -> None:
    mild = drawn({0: 100, 15: 104, 25: 98.5, 33: 103.5, 45: 98.4, 55: 103})
    assert rows_of(divergence(mild, oversold=40)[0]) == [48]
    assert rows_of(divergence(mirrored(mild), overbought=60)[1]) == [48]


@pytest.mark.parametrize("candles", SERIES)
def test_divergences_are_those_of_a_plain_loop(candles: Candles) -> None:
    bullish, bearish, rsi = divergence(candles, left=3, right=2, within=80)
    assert bullish.tolist() == plain.bullish_divergence(candles, 3, 2, 80)
    assert bearish.tolist() == plain.bearish_divergence(candles, 3, 2, 80)
    assert sum(bullish) + sum(bearish) > 0
    assert np.array_equal(rsi, compute(Indicator("RSI", period=14), candles), equal_nan=True)
