"""Double bottoms and tops, drawn by hand and compared with plain loops."""

import numpy as np
import pytest

from adapters.indicators.patterns.double import double_bottom, double_top
from adapters.indicators.patterns.pivots import upside_down
from domain.candles import Candles
from tests.adapters.indicators.patterns import plain
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, rows_of

Points = dict[int, float]
TEXTBOOK: Points = {0: 110, 20: 90, 30: 100, 40: 90.5, 60: 108}

DRAWINGS: list[tuple[Points, list[int], str]] = [
    (TEXTBOOK, [51], "the first close above the neckline at 100 is 100.125"),
    ({0: 110, 20: 90.5, 30: 100, 40: 90, 60: 108}, [52], "the second bottom may be the lower one"),
    ({0: 110, 20: 90, 30: 100, 40: 91.5, 60: 108}, [51], "bottoms 15 % of the height apart"),
    ({0: 110, 20: 90, 30: 100, 40: 91.6, 60: 108}, [], "bottoms too far apart in price"),
    ({0: 110, 20: 91.6, 30: 100, 40: 90, 60: 108}, [], "so they are the other way round"),
    ({0: 110, 20: 90, 25: 100, 30: 90.5, 50: 108}, [41], "bottoms ten candles apart"),
    ({0: 110, 20: 90, 25: 100, 29: 90.5, 49: 108}, [], "bottoms too close in time"),
    (
        {0: 110, 20: 90, 30: 91.9, 40: 90, 60: 108},
        [43],
        "a neckline just over 2 % above the bottoms",
    ),
    ({0: 110, 20: 90, 30: 91.7, 40: 90, 60: 108}, [], "a neckline too low"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 60: 100, 80: 95}, [], "the neckline only touched"),
    ({0: 110, 20: 90, 25: 96, 30: 85, 35: 97, 40: 90.5, 60: 108}, [], "a lower low between"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 45: 93, 50: 87, 75: 108}, [], "broken below before"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 45: 93, 50: 90, 75: 108}, [64], "at the level, not below"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 119: 99.9, 130: 110}, [120], "100 candles old"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 120: 99.9, 130: 110}, [], "too old"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 43: 101, 60: 110}, [43], "broken as it is confirmed"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 42: 101, 60: 110}, [], "broken before it is confirmed"),
    ({0: 110, 20: 90, 30: 100, 40: 90.5, 50: 101, 55: 99, 65: 105}, [50], "found once only"),
    ({0: 110, 60: 90, 90: 100}, [], "one bottom"),
    ({0: 90, 60: 110}, [], "it only rises"),
    ({0: 100, 60: 100}, [], "nothing moves"),
]


@pytest.mark.parametrize(("points", "found", "reason"), DRAWINGS)
def test_a_double_bottom_is_found_where_the_neckline_is_broken(
    points: Points, found: list[int], reason: str
) -> None:
    assert rows_of(double_bottom(drawn(points))[0]) == found, reason


@pytest.mark.parametrize(("points", "found", "reason"), DRAWINGS)
def test_a_double_top_is_the_mirror_image(points: Points, found: list[int], reason: str) -> None:
    candles = mirrored(drawn(points))
    assert rows_of(double_top(candles, height=0.0163)[0]) == found, reason
    assert rows_of(double_bottom(candles)[0]) == [], reason


def test_neckline_and_level_are_told_from_the_confirmation_to_the_break() -> None:
    _, neckline, level = double_bottom(drawn(TEXTBOOK))
    assert np.flatnonzero(np.isfinite(neckline)).tolist() == list(range(43, 52))
    assert set(neckline[43:52]) == {100}
    assert set(level[43:52]) == {90}
    assert np.array_equal(np.isnan(level), np.isnan(neckline))


def test_of_two_patterns_the_one_that_is_found_is_told() -> None:
    candles = drawn({0: 120, 20: 90, 30: 104, 45: 90, 55: 98, 65: 90.5, 85: 110})
    found, neckline, _ = double_bottom(candles)
    assert rows_of(found) == [73, 79]
    assert neckline[[72, 73, 74, 79]].tolist() == [98, 98, 104, 104]


@pytest.mark.parametrize("candles", SERIES)
def test_double_bottoms_are_those_of_a_plain_loop(candles: Candles) -> None:
    for each in (candles, upside_down(candles)):
        lines = double_bottom(each, left=3, right=2, within=60, apart=5, tolerance=0.3, height=0.01)
        plainly = plain.double_bottom(each, 3, 2, 60, 5, 0.3, 0.01)
        assert sum(lines[0]) > 0
        for line, loop in zip(lines, plainly, strict=True):
            assert np.array_equal(line, loop, equal_nan=True)


def test_a_double_top_s_levels_are_prices() -> None:
    candles = SERIES[0]
    tops, bottoms = double_top(candles), double_bottom(upside_down(candles))
    assert np.array_equal(tops[0], bottoms[0])
    assert np.array_equal(tops[1], -bottoms[1], equal_nan=True)
    assert np.array_equal(tops[2], -bottoms[2], equal_nan=True)
