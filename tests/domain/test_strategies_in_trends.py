"""The strategies in trends: what they enter and where they leave, on candles drawn by hand."""

from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from adapters.indicators.engine import compute
from domain.candles import Candles, Floats
from domain.strategies import strategy
from domain.strategies.ema_cross import EmaCross
from domain.strategies.evaluate import values_of
from domain.strategies.protective import protected, stops
from domain.strategies.strategy import Flags, Rules
from domain.timeframes import timeframe
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.adapters.indicators.patterns.test_promises import EDGES
from tests.drawn import drawn, mirrored, rows_of, with_candles

HOUR = timeframe("1h")
IN_TRENDS = ("ema_cross", "supertrend", "donchian_breakout", "bollinger_squeeze", "ichimoku")
Drawn = tuple[float, float, float, float]


class Drawing(NamedTuple):
    """Candles, and the rows where a strategy enters and leaves longs, and enters shorts."""

    name: str
    candles: Candles
    enters: list[int]
    leaves: list[int]
    shorts: list[int]
    reason: str


# Falls by 0.5 a candle, so the range is 0.5: the level is 1.5 above the middle, 1.75 above closes.
FALL: dict[int, float] = {0: 100, 40: 80}
# Between 95 and 100, and 100 again on row 40.
WAVES: dict[int, float] = {0: 100, 10: 95, 20: 100, 30: 95, 40: 100}
# Ranges of 2 around closes of 100: see test_squeeze.py.
CALM = drawn({0: 100, 30: 100}, wick=1)
JUMP: Drawn = (100, 108, 100, 108)
# From 100, by 1 a candle: conversion (9 candles) and base (26) part when the 9 have left the 100.
RISE: dict[int, float] = {0: 100, 100: 100, 120: 120}

DRAWINGS = [
    Drawing("supertrend", drawn({**FALL, 50: 85}), [44], [], [], "82 is the first above 81.75"),
    Drawing("supertrend", drawn({**FALL, 43: 81.5, 60: 75}), [], [], [], "81.5 is not above it"),
    Drawing("supertrend", drawn({**FALL, 50: 85, 60: 80}), [44], [54], [54], "83 is below 83.25"),
    Drawing("donchian_breakout", drawn({**WAVES, 44: 102}), [41], [26], [],
            "100.5 is above the 20 before"),
    Drawing("donchian_breakout", with_candles(drawn(WAVES), (100, 103, 99, 100)), [], [26], [],
            "a high above them is no close above them"),
    Drawing("donchian_breakout", drawn({**WAVES, 44: 102, 60: 94}), [41], [26, 50], [55],
            "99 is below the 10 before, from 99.5 on; 96.5 below the 20 before, from 97 on"),
    Drawing("bollinger_squeeze", with_candles(CALM, JUMP), [31], [], [], "the bands come out"),
    Drawing("bollinger_squeeze", with_candles(CALM, (100, 107.8, 100, 107.8)), [], [], [],
            "they are still inside"),
    Drawing("bollinger_squeeze", with_candles(CALM, (100, 108, 92, 100)), [], [], [],
            "the close stays in the middle"),
    Drawing("bollinger_squeeze", with_candles(CALM, JUMP, (108, 108, 101, 101)), [31], [32], [],
            "the close is back below the middle"),
    Drawing("ichimoku", drawn(RISE), [110], [], [], "the last 9 candles have left the 100"),
    Drawing("ichimoku", drawn({0: 150, 60: 150, 61: 100, 100: 100, 120: 120}), [], [61], [],
            "the same crossing below a cloud whose edge is at 125"),
    Drawing("ichimoku", drawn({**RISE, 140: 100}), [110], [129], [],
            "111 is below the base, 111.5"),
]  # fmt: skip
ALL_DRAWN = pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda each: each.reason)


@ALL_DRAWN
def test_a_trend_is_entered_at_the_candle_that_shows_it_and_left_where_it_ends(
    drawing: Drawing,
) -> None:
    rules = said(drawing.name, drawing.candles)
    assert rows_of(rules.enter_long) == drawing.enters
    assert rows_of(rules.exit_long) == drawing.leaves
    assert rows_of(short(rules)) == drawing.shorts


@ALL_DRAWN
def test_shorts_are_the_mirror_image(drawing: Drawing) -> None:
    long, mirror = (
        said(drawing.name, drawing.candles),
        said(drawing.name, mirrored(drawing.candles)),
    )
    assert np.array_equal(short(mirror), long.enter_long)
    assert np.array_equal(mirror.enter_long, short(long))
    assert long.exit_short is not None
    assert np.array_equal(mirror.exit_long, long.exit_short)
    assert long.stop is not None
    assert mirror.stop is not None
    for row in drawing.enters:
        assert mirror.stop[row] == pytest.approx(200 - long.stop[row])


@pytest.mark.parametrize(
    ("name", "candles", "row", "stop"),
    [
        ("supertrend", drawn({**FALL, 50: 85}), 44, 80.25),  # 1.5 below the middle of its candle
        ("donchian_breakout", drawn({**WAVES, 44: 102}), 41, 99.5),  # 2 ranges of 0.5
        ("bollinger_squeeze", with_candles(CALM, JUMP), 31, 108 - 2 * (13 * 2 + 8) / 14),
        ("ichimoku", drawn(RISE), 110, 110 - 3 * (1 - (13 / 14) ** 10)),
    ],
)
def test_the_stop_is_so_many_ranges_away(
    name: str, candles: Candles, row: int, stop: float
) -> None:
    rules = said(name, candles)
    assert rules.stop is not None
    assert rules.stop[row] == pytest.approx(stop)


def test_the_level_of_a_supertrend_trails_the_trades_of_its_side_where_it_moves() -> None:
    candles = drawn({**FALL, 50: 85, 54: 85, 65: 80})
    rules, level = said("supertrend", candles), values("supertrend", candles)["level"]
    assert rules.trail_long is not None
    assert rules.trail_short is not None
    assert level[44:51].tolist() == pytest.approx([80.25 + 0.5 * row for row in range(7)])
    assert rules.trail_long[44:51].tolist() == level[44:51].tolist()
    assert np.isnan(rules.trail_short[44:51]).all()
    turn = rows_of(short(rules))[0]
    assert level[turn - 1] == level[turn - 2]
    assert np.isnan(rules.trail_long[[turn - 1, turn]]).all()
    assert rules.trail_short[turn] == level[turn]
    assert np.isnan(rules.trail_long[:44]).all()


def test_averages_that_cross_are_entered_on_the_side_of_the_fast_one() -> None:
    candles = drawn({0: 100, 5: 100})
    lines = {
        "fast": np.array([np.nan, 9, 10, 11, 10, 9]),
        "slow": np.array([np.nan, 10, 10, 10, 10, 10]),
        "atr": np.full(6, 2.0),
    }
    rules = EmaCross().rules(candles, lines)
    assert rows_of(rules.enter_long) == [3]
    assert rows_of(short(rules)) == [5]
    assert rows_of(rules.exit_long) == [5]
    assert rules.exit_short is not None
    assert rows_of(rules.exit_short) == [3]
    assert rules.stop is not None
    assert rules.target is not None
    assert (rules.stop[3], rules.target[3]) == (96, 106)
    assert (rules.stop[5], rules.target[5]) == (104, 94)


def test_averages_that_touch_and_part_again_do_not_cross() -> None:
    lines = {
        "fast": np.array([9.0, 10, 9, 10, 9]),
        "slow": np.full(5, 10.0),
        "atr": np.full(5, 2.0),
    }
    rules = EmaCross().rules(drawn({0: 100, 4: 100}), lines)
    assert not rules.enter_long.any()
    assert rows_of(short(rules)) == [2, 4]


@pytest.mark.parametrize(("name", "candles"), list(product(IN_TRENDS, SERIES)))
def test_every_entry_s_stop_lies_where_it_protects(name: str, candles: Candles) -> None:
    rules = said(name, candles)
    assert rules.stop is not None
    is_long, is_short = rules.enter_long, short(rules)
    assert is_long.any()
    assert is_short.any()
    assert not np.any(is_long & is_short)
    assert np.all((rules.stop < candles.close)[is_long])
    assert np.all((rules.stop > candles.close)[is_short])


def test_an_entry_whose_stop_would_be_at_its_close_or_beyond_is_none() -> None:
    close, yes = np.full(4, 10.0), np.full(4, True)
    long, short = protected(close, yes, yes, np.array([9, 10, 11, np.nan]))
    assert long.tolist() == [True, False, False, False]
    assert short.tolist() == [False, False, True, False]


def test_stops_lie_below_longs_and_above_shorts() -> None:
    short = np.array([False, True])
    assert stops(np.full(2, 10.0), np.full(2, 0.5), short).tolist() == [9.5, 10.5]


@pytest.mark.parametrize(("name", "edge"), list(product(IN_TRENDS, EDGES)))
def test_nothing_fails_at_the_edges(name: str, edge: str) -> None:
    with np.errstate(all="raise"):
        said(name, EDGES[edge])


@pytest.mark.parametrize("name", IN_TRENDS)
def test_a_market_that_does_not_move_is_not_entered(name: str) -> None:
    rules = said(name, EDGES["flat"])
    assert not rules.enter_long.any()
    assert not short(rules).any()


def values(name: str, candles: Candles) -> dict[str, Floats]:
    return values_of(strategy(name, {}), candles, HOUR, compute)


def said(name: str, candles: Candles) -> Rules:
    return strategy(name, {}).rules(candles, values(name, candles)).checked(len(candles))


def short(rules: Rules) -> Flags:
    """Where it enters short."""
    assert rules.enter_short is not None
    return rules.enter_short
