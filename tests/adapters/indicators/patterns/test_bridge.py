"""A pattern in Backtrader: the same bits in a true run of Cerebro, in both of its modes."""

from typing import Any

import numpy as np
import pytest

from adapters.backtrader import TapeData
from adapters.indicators.backtrader_code import backtrader
from adapters.indicators.engine import compute
from adapters.indicators.patterns import PATTERNS
from adapters.indicators.patterns.bridge import NoHistory, backtrader_class
from adapters.indicators.patterns.pattern import Pattern
from domain.candles import Candles
from domain.strategies.strategy import Indicator
from tests.adapters.indicators.series import HOURLY, random_candles, recorded

ALL = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda pattern: pattern.name)
CANDLES = [random_candles(500, seed=21), *(recorded(path, 300) for path in HOURLY[:1])]
FIRST_VALUES = {
    "Supertrend": 11, "Donchian": 21, "Squeeze": 21, "IchimokuCloud": 78, "RSIDivergence": 15,
    "DoubleBottom": 1, "DoubleTop": 1, "EngulfingAtSupport": 1,
}  # fmt: skip


@ALL
@pytest.mark.parametrize("runonce", [True, False], ids=["at once", "candle by candle"])
@pytest.mark.parametrize("candles", CANDLES)
def test_its_lines_are_the_pattern_s(pattern: Pattern, candles: Candles, runonce: bool) -> None:
    built = ran(pattern, candles, runonce=runonce)
    begin = FIRST_VALUES[pattern.name] - 1
    assert built._minperiod == begin + 1
    for name, expected in zip(pattern.lines, pattern.values(candles), strict=True):
        values = np.array(getattr(built.lines, name).array)
        assert np.array_equal(values[begin:], expected[begin:], equal_nan=True)
        assert np.isnan(values[:begin]).all()


@pytest.mark.parametrize("runonce", [True, False])
def test_it_takes_the_pattern_s_parameters(runonce: bool) -> None:
    pattern = PATTERNS["Supertrend"]
    built = ran(pattern, CANDLES[0], runonce=runonce, period=7, multiplier=1.5)
    _, level = pattern.values(CANDLES[0], period=7, multiplier=1.5)
    assert built._minperiod == 8
    assert np.array_equal(np.array(built.lines.level.array)[7:], level[7:])


def test_a_strategy_sees_no_candle_before_all_lines_have_a_value() -> None:
    bt, seen = backtrader(), list[tuple[int, float]]()

    class Watching(bt.Strategy):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.squeeze = backtrader_class(PATTERNS["Squeeze"])(period=30)

        def next(self) -> None:
            seen.append((len(self), self.squeeze.momentum[0]))

    cerebro(CANDLES[0], Watching).run()
    assert seen[0][0] == 31
    assert np.isfinite([momentum for _, momentum in seen]).all()


@ALL
def test_prices_are_drawn_over_the_prices_and_all_else_below(pattern: Pattern) -> None:
    kind = backtrader_class(pattern)
    assert kind.plotinfo.subplot is not pattern.over_prices
    assert issubclass(kind, backtrader().Indicator)
    assert kind is backtrader_class(pattern)


@ALL
def test_it_may_stand_in_a_strategy_as_an_author_s_own_class(pattern: Pattern) -> None:
    for name, expected in zip(pattern.lines, pattern.values(CANDLES[0]), strict=True):
        begin = FIRST_VALUES[pattern.name] - 1
        values = compute(Indicator(backtrader_class(pattern), line=name), CANDLES[0])
        assert np.array_equal(values[begin:], expected[begin:], equal_nan=True)


def test_fewer_candles_than_it_needs_give_no_value() -> None:
    built = ran(PATTERNS["IchimokuCloud"], CANDLES[0][:60], runonce=True)
    assert np.isnan(np.array(built.lines.base.array)).all()


def test_a_run_that_drops_its_candles_is_refused_with_a_reason() -> None:
    with pytest.raises(NoHistory, match="exactbars=1"):
        ran(PATTERNS["Donchian"], CANDLES[0], exactbars=1)


def ran(
    pattern: Pattern,
    candles: Candles,
    *,
    runonce: bool = True,
    exactbars: int = 0,
    **given: float,
) -> Any:
    """The pattern's indicator after a run of Cerebro."""

    class Watching(backtrader().Strategy):  # type: ignore[misc]
        def __init__(self) -> None:
            self.watched = backtrader_class(pattern)(self.data, **given)

    (strategy,) = cerebro(candles, Watching).run(runonce=runonce, exactbars=exactbars)
    return strategy.watched


def cerebro(candles: Candles, strategy: type) -> Any:
    made = backtrader().Cerebro(stdstats=False)
    made.adddata(TapeData.of(candles, "1h"))
    made.addstrategy(strategy)
    return made
