"""What trend patterns promise besides: a warm-up that is enough, and a value on every candle."""

import numpy as np
import pytest

from adapters.indicators.patterns import PATTERNS
from adapters.indicators.patterns.pattern import Pattern
from domain.candles import Candles
from tests.adapters.indicators.patterns.test_promises import EDGES, assert_equal
from tests.adapters.indicators.series import HOURLY, random_candles, recorded

OF_TRENDS = [PATTERNS[name] for name in ("Supertrend", "Donchian", "Squeeze", "IchimokuCloud")]
ALL = pytest.mark.parametrize("pattern", OF_TRENDS, ids=lambda pattern: pattern.name)
LONG = [random_candles(2_600, seed=8), *(recorded(path)[-2_600:] for path in HOURLY[::10])]


@ALL
@pytest.mark.parametrize("candles", LONG)
def test_after_the_warm_up_it_does_not_matter_where_the_history_begins(
    pattern: Pattern, candles: Candles
) -> None:
    warm_up, whole = pattern.warm_up(), pattern.values(candles)
    for begin in range(1, len(candles) - warm_up, 83):
        part = pattern.values(candles[begin : begin + warm_up + 200])
        for line, expected in zip(part, whole, strict=True):
            settled = expected[begin + warm_up :][:200]
            assert np.allclose(line[warm_up:], settled, rtol=1e-11, atol=0)


@pytest.mark.parametrize("name", ["Donchian", "Squeeze", "IchimokuCloud"])
def test_a_fixed_number_of_candles_makes_the_same_bits_and_one_less_makes_none(name: str) -> None:
    pattern, candles = PATTERNS[name], LONG[0]
    warm_up, whole = pattern.warm_up(), pattern.values(candles)
    for begin in range(0, 2_000, 97):
        values = pattern.values(candles[begin : begin + warm_up + 5])
        assert_equal(
            [line[warm_up:] for line in values],
            [line[begin + warm_up : begin + warm_up + 5] for line in whole],
        )
    assert np.isnan([line[warm_up - 1] for line in whole]).any()
    assert np.isfinite([line[warm_up:] for line in whole]).all()


@ALL
def test_there_is_a_value_on_every_candle_from_the_first_one_on(pattern: Pattern) -> None:
    for edge in ("flat", "rising", "falling", "tiny", "tiniest", "huge", "long at one price"):
        for line in pattern.values(EDGES[edge]):
            known = np.isfinite(line)
            assert known[int(known.argmax()) :].all()
            assert known[100]
