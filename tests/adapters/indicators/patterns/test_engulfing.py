"""Engulfing candles at support and resistance, drawn by hand and compared with plain loops."""

import numpy as np
import pytest

from adapters.indicators.patterns.engulfing import engulfing
from adapters.indicators.patterns.pivots import upside_down
from domain.candles import Candles
from tests.adapters.indicators.patterns import plain
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, rows_of, with_candles

Drawn = tuple[float, float, float, float]
TO_SUPPORT = drawn({0: 110, 20: 100, 35: 108, 50: 101})  # the support is 100, the mean range 0.5
DOWN: Drawn = (101, 101, 100.1, 100.3)
UP: Drawn = (100.3, 101.4, 100, 101.2)

DRAWINGS: list[tuple[Candles, list[Drawn], list[int], str]] = [
    (TO_SUPPORT, [DOWN, UP], [52], "a body over the whole of the one before, on the support"),
    (TO_SUPPORT, [DOWN, (100.3, 101, 100, 100.9)], [], "the body is not fully covered"),
    (TO_SUPPORT, [DOWN, (100.4, 101.4, 100, 101.2)], [], "it opens inside that body"),
    (TO_SUPPORT, [DOWN, (100.3, 101, 100, 101)], [], "it is as large as that body, not larger"),
    (TO_SUPPORT, [DOWN, (100.2, 101, 100, 101)], [52], "larger on one side is enough"),
    (TO_SUPPORT, [(100.3, 101, 100.1, 101), (100.2, 101.4, 100, 101.2)], [], "both close up"),
    (TO_SUPPORT, [DOWN, (101.2, 101.4, 100, 100.2)], [], "it closes down"),
    (TO_SUPPORT, [(101, 101, 100.1, 101), UP], [], "the candle before has no body"),
    (TO_SUPPORT, [DOWN, (100.3, 101.4, 100.2, 101.2)], [52], "the low before it reached down"),
    (TO_SUPPORT, [(101, 101, 100.35, 100.5), (100.5, 101.4, 100.4, 101.2)], [], "too far above"),
    (TO_SUPPORT, [DOWN, (100.3, 101.4, 99.5, 101.2)], [], "too far below"),
    (TO_SUPPORT, [(101, 101, 99.8, 99.9), (99.9, 101.4, 99.9, 101.2)], [52], "below for a candle"),
    (
        TO_SUPPORT,
        [(101, 101, 98.9, 99), (99, 100.5, 98.95, 100.4), (100.4, 100.4, 100, 100.1),
         (100.1, 101, 100, 100.9)],
        [],
        "it was broken before",
    ),
    (TO_SUPPORT, [(99.9, 99.9, 99.7, 99.8), (99.8, 100, 99.7, 99.95)], [], "it closes below"),
    (drawn({0: 110, 20: 100, 60: 130, 118: 101}), [DOWN, UP], [120], "100 candles later"),
    (drawn({0: 110, 20: 100, 60: 130, 119: 101}), [DOWN, UP], [], "the support is too old"),
    (
        drawn({0: 110, 49: 100}),
        [(100, 100.6, 100, 100.5), (100.5, 100.5, 100.05, 100.1), (100.1, 100.9, 100.05, 100.8)],
        [52],
        "the support at 49 is known at 52",
    ),
    (
        drawn({0: 110, 49: 100}),
        [(100.3, 100.3, 100.1, 100.1), (100.1, 100.6, 100.05, 100.5)],
        [],
        "it is not known yet",
    ),
    (drawn({0: 110, 50: 101}), [DOWN, UP], [], "there is no support"),
    (drawn({0: 110, 5: 100, 9: 101}), [DOWN, UP], [], "there is no average range yet"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "last", "found", "reason"), DRAWINGS)
def test_an_engulfing_candle_at_support_is_found_at_its_close(
    before: Candles, last: list[Drawn], found: list[int], reason: str
) -> None:
    bullish, bearish, support, resistance = engulfing(with_candles(before, *last))
    assert rows_of(bullish) == found, reason
    assert rows_of(bearish) == [], reason
    assert np.isfinite(support[found]).all()
    assert np.isnan(resistance[found]).all()


@pytest.mark.parametrize(("before", "last", "found", "reason"), DRAWINGS)
def test_at_resistance_it_is_the_mirror_image(
    before: Candles, last: list[Drawn], found: list[int], reason: str
) -> None:
    bullish, bearish, _, _ = engulfing(mirrored(with_candles(before, *last)))
    assert rows_of(bearish) == found, reason
    assert rows_of(bullish) == [], reason


def test_the_support_is_told_where_the_price_is_near_it() -> None:
    risen = ((101.2, 103, 101, 102), (102, 103, 101.5, 102))
    _, _, support, _ = engulfing(with_candles(TO_SUPPORT, DOWN, UP, *risen))
    assert support[51:54].tolist() == [100, 100, 100]
    assert np.isnan(support[54])
    assert np.isnan(support[:23]).all()


def test_how_near_is_a_parameter() -> None:
    candles = with_candles(TO_SUPPORT, (101, 101, 100.35, 100.5), (100.5, 101.4, 100.4, 101.2))
    assert rows_of(engulfing(candles, near=1.0)[0]) == [52]


@pytest.mark.parametrize("candles", SERIES)
def test_engulfing_candles_are_those_of_a_plain_loop(candles: Candles) -> None:
    bullish, bearish, support, resistance = engulfing(candles, left=3, right=1, within=60, near=0.7)
    at_support = plain.engulfing_at_support(candles, 3, 1, 60, 0.7)
    at_resistance = plain.engulfing_at_support(upside_down(candles), 3, 1, 60, 0.7)
    assert sum(bullish) * sum(bearish) > 0
    assert bullish.tolist() == at_support[0]
    assert bearish.tolist() == at_resistance[0]
    assert np.array_equal(support, at_support[1], equal_nan=True)
    assert np.array_equal(-resistance, at_resistance[1], equal_nan=True)
