"""What every pattern promises: no look-ahead and no failing; those of pivots, a short memory."""

import inspect

import numpy as np
import pytest

from adapters.indicators.patterns import PATTERNS
from adapters.indicators.patterns.pattern import Pattern
from domain.candles import Candles, Floats
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.adapters.indicators.series import random_candles
from tests.drawn import drawn

OF_PIVOTS = [
    PATTERNS[name] for name in ("RSIDivergence", "DoubleBottom", "DoubleTop", "EngulfingAtSupport")
]
ALL = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda pattern: pattern.name)
PIVOTS = pytest.mark.parametrize("pattern", OF_PIVOTS, ids=lambda pattern: pattern.name)

EDGES = {
    "one candle": drawn({0: 100}),
    "no candles": drawn({0: 100})[:0],
    "two candles": drawn({0: 100, 1: 101}),
    "flat": drawn({0: 100, 300: 100}),
    "rising": drawn({0: 100, 300: 400}),
    "falling": drawn({0: 400, 300: 100}),
    "tiny": drawn({0: 4e-12, 40: 1e-12, 60: 3e-12, 90: 1e-12, 130: 5e-12, 200: 1e-13}),
    "tiniest": drawn({0: 4e-299, 40: 1e-299, 60: 3e-299, 90: 1e-299, 130: 5e-299}),
    "huge": drawn({0: 4e15, 40: 1e15, 60: 3e15, 90: 1e15, 130: 5e15}),
    "long at one price": drawn({0: 100, 50: 90, 60: 95, 300: 95, 310: 90, 340: 99}),
}


@ALL
@pytest.mark.parametrize("candles", SERIES[::2])
def test_no_value_depends_on_a_later_candle(pattern: Pattern, candles: Candles) -> None:
    whole = pattern.values(candles)
    for count in (*range(130), *range(300, 420), len(candles) - 1):
        assert_equal(pattern.values(candles[:count]), [line[:count] for line in whole])


@PIVOTS
@pytest.mark.parametrize("candles", SERIES[:1] + SERIES[-1:])
def test_after_the_warm_up_no_value_depends_on_where_the_history_begins(
    pattern: Pattern, candles: Candles
) -> None:
    small = {"left": 3, "right": 2, "within": 40}
    warm_up = pattern.warm_up(**{**pattern.parameters, **small})
    exact = [line for line in range(len(pattern.lines)) if pattern.lines[line] != "rsi"]
    whole = pattern.values(candles, **small)
    for begin in range(1, len(candles) - warm_up, 5):
        values = pattern.values(candles[begin:], **small)
        assert_equal(
            [values[line][warm_up:] for line in exact],
            [whole[line][begin + warm_up :] for line in exact],
        )


def test_the_rsi_forgets_where_the_history_began() -> None:
    pattern, candles = PATTERNS["RSIDivergence"], random_candles(900, seed=5)
    warm_up = pattern.warm_up()
    values, whole = pattern.values(candles[300:])[2], pattern.values(candles)[2]
    assert np.allclose(values[warm_up:], whole[300 + warm_up :], rtol=1e-11, atol=0)


@ALL
@pytest.mark.parametrize("edge", EDGES)
def test_nothing_fails_at_the_edges(pattern: Pattern, edge: str) -> None:
    candles = EDGES[edge]
    with np.errstate(all="raise"):
        lines = pattern.values(candles)
    assert [len(line) for line in lines] == [len(candles)] * len(pattern.lines)
    assert {line.dtype for line in lines} == {np.dtype(np.float64)}


@PIVOTS
def test_a_market_that_only_goes_one_way_has_no_pattern(pattern: Pattern) -> None:
    for edge in ("flat", "rising", "falling"):
        assert not pattern.values(EDGES[edge])[0].any()


@ALL
def test_a_pattern_s_parameters_are_those_of_its_function(pattern: Pattern) -> None:
    of_bottoms = PATTERNS["DoubleBottom"] if pattern.name == "DoubleTop" else pattern
    signature = inspect.signature(of_bottoms.values).parameters
    defaults = {name: each.default for name, each in signature.items() if name != "candles"}
    assert dict(pattern.parameters) == defaults
    assert pattern.warm_up() == pattern.warm_up(**pattern.parameters)


def assert_equal(lines: tuple[Floats, ...] | list[Floats], others: list[Floats]) -> None:
    for line, other in zip(lines, others, strict=True):
        assert np.array_equal(line, other, equal_nan=True)
