"""The strategies at pivots: what they enter and where they leave, on candles drawn by hand."""

from itertools import product

import numpy as np
import pytest

from adapters.indicators import engine
from adapters.indicators.patterns import PATTERNS
from domain.candles import Candles, Floats
from domain.strategies import strategy
from domain.strategies.evaluate import values_of
from domain.strategies.protective import Entries, longs, of_side, shorts
from domain.strategies.strategy import Flags, Indicator, Parameter, Rules
from domain.timeframes import timeframe
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, rows_of, with_candles

BOTTOMS = drawn({0: 110, 20: 90, 30: 100, 40: 90.5, 60: 108})
WEAK_LOW = drawn({0: 120, 20: 90, 28: 97, 40: 89, 50: 97})
AT_SUPPORT = with_candles(
    drawn({0: 110, 20: 100, 35: 108, 50: 101}),
    (101, 101, 100.1, 100.3),
    (100.3, 101.4, 100, 101.2),
)
AT_PIVOTS = ("rsi_divergence", "double_bottom", "double_top", "engulfing_at_support")


def test_a_double_bottom_is_entered_with_its_height_as_the_target() -> None:
    rules = said("double_bottom", BOTTOMS)
    assert rows_of(rules.enter_long) == [51]
    assert levels(rules, 51) == (89, 110)  # the height is 10
    assert not rules.exit_long.any()


def test_a_double_top_is_entered_short_with_its_height_as_the_target() -> None:
    rules = said("double_top", mirrored(BOTTOMS))
    assert not rules.enter_long.any()
    assert rows_of(short(rules)) == [51]
    assert levels(rules, 51) == (111, 90)


def test_each_of_both_is_the_exit_of_the_other() -> None:
    assert rows_of(said("double_bottom", mirrored(BOTTOMS)).exit_long) == [51]
    exit_short = said("double_top", BOTTOMS).exit_short
    assert exit_short is not None
    assert rows_of(exit_short) == [51]


def test_a_break_that_closes_beyond_the_target_is_not_entered() -> None:
    jump = with_candles(BOTTOMS[:45], (95, 112, 95, 111))
    assert not said("double_bottom", jump).enter_long.any()
    assert rows_of(said("double_bottom", jump, target=1.2).enter_long) == [45]


def test_a_divergence_is_entered_with_a_stop_behind_its_pivot() -> None:
    rules = said("rsi_divergence", WEAK_LOW)
    mean_range = values("rsi_divergence", WEAK_LOW)["atr"][43]
    close = WEAK_LOW.close[43]
    assert rows_of(rules.enter_long) == [43]
    assert levels(rules, 43) == pytest.approx(
        (89 - mean_range, close + 2 * (close - 89 + mean_range))
    )
    assert rules.exit_short is not None
    assert rows_of(rules.exit_short) == [43]


def test_an_engulfing_candle_is_entered_with_a_stop_behind_support_and_candles() -> None:
    rules = said("engulfing_at_support", AT_SUPPORT, stop=1)
    mean_range = values("engulfing_at_support", AT_SUPPORT)["atr"][52]
    assert rows_of(rules.enter_long) == [52]
    assert levels(rules, 52) == pytest.approx(
        (100 - mean_range, 101.2 + 2 * (101.2 - 100 + mean_range))
    )


@pytest.mark.parametrize(
    ("name", "candles"), [("rsi_divergence", WEAK_LOW), ("engulfing_at_support", AT_SUPPORT)]
)
def test_shorts_are_the_mirror_image(name: str, candles: Candles) -> None:
    long, mirror = said(name, candles), said(name, mirrored(candles))
    rows = np.flatnonzero(long.enter_long)
    assert np.array_equal(short(mirror), long.enter_long)
    assert long.exit_short is not None
    assert np.array_equal(mirror.exit_long, long.exit_short)
    assert levels(mirror, rows[0]) == pytest.approx([200 - each for each in levels(long, rows[0])])
    assert not mirror.enter_long.any()


@pytest.mark.parametrize(("name", "candles"), list(product(AT_PIVOTS, SERIES)))
def test_every_entry_s_close_lies_between_its_stop_and_its_target(
    name: str, candles: Candles
) -> None:
    rules = said(name, candles)
    assert rules.stop is not None
    assert rules.target is not None
    stop, close, target = rules.stop, candles.close, rules.target
    is_long, is_short = rules.enter_long, short(rules)
    assert is_long.any() or is_short.any()
    assert np.all((stop < close)[is_long] & (close < target)[is_long])
    assert np.all((stop > close)[is_short] & (close > target)[is_short])


@pytest.mark.parametrize(
    ("stop", "target", "is_long", "is_short"),
    [
        (9, 12, True, False),
        (11, 8, False, True),
        (10, 12, False, False),  # the stop is at the close
        (10, 8, False, False),
        (9, 10, False, False),  # the target is at the close
        (11, 10, False, False),
        (9, 8, False, False),  # both are on one side
        (11, 12, False, False),
        (float("nan"), 12, False, False),
        (9, float("nan"), False, False),
    ],
)
def test_nothing_is_entered_unless_the_close_lies_between(
    stop: float, target: float, is_long: bool, is_short: bool
) -> None:
    close, where = np.array([10.0]), np.array([True])
    prices = np.array([stop], dtype=np.float64), np.array([target], dtype=np.float64)
    assert longs(close, where, *prices).where.tolist() == [is_long]
    assert shorts(close, where, *prices).where.tolist() == [is_short]


def test_where_both_sides_are_meant_the_prices_are_the_long_one_s() -> None:
    yes, no = np.array([True, True, False]), np.array([False, True, True])
    long = Entries(yes, np.full(3, 9.0), np.full(3, 12.0))
    stop, target = of_side(long, Entries(no, np.full(3, 11.0), np.full(3, 8.0)))
    assert stop.tolist() == [9, 9, 11]
    assert target.tolist() == [12, 12, 8]


def values(name: str, candles: Candles, **parameters: Parameter) -> dict[str, Floats]:
    return values_of(strategy(name, parameters), candles, timeframe("1h"), compute)


def said(name: str, candles: Candles, **parameters: Parameter) -> Rules:
    told = values(name, candles, **parameters)
    return strategy(name, parameters).rules(candles, told).checked(len(candles))


def compute(indicator: Indicator, candles: Candles) -> Floats:
    pattern = PATTERNS.get(indicator.name)
    if pattern is None:
        return engine.compute(indicator, candles)
    lines = pattern.values(candles, **dict(indicator.parameters))
    return lines[pattern.lines.index(indicator.line or pattern.lines[0])]


def short(rules: Rules) -> Flags:
    """Where it enters short."""
    return np.zeros_like(rules.enter_long) if rules.enter_short is None else rules.enter_short


def levels(rules: Rules, row: int) -> tuple[float, float]:
    """The stop and the target of an entry."""
    assert rules.stop is not None
    assert rules.target is not None
    return float(rules.stop[row]), float(rules.target[row])
