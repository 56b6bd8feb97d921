"""The engine: what an indicator may be, and what is said of one that cannot be."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from adapters.indicators.backtrader_code import computed
from adapters.indicators.compiled import compiled
from adapters.indicators.engine import (
    BadIndicator,
    LooksAhead,
    UnknownIndicator,
    checked,
    compute,
    placement,
    versions,
)
from adapters.indicators.kinds import standard_names
from adapters.indicators.library import backtrader
from adapters.indicators.patterns import PATTERNS
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator
from tests.adapters.indicators import in_cerebro
from tests.adapters.indicators.series import HOUR, random_candles

CANDLES = random_candles(300, seed=7)


def test_the_rsi_of_a_market_that_never_moved_is_not_a_number() -> None:
    values = compute(Indicator("RSI"), priced([5.0] * 40 + [5.1, 5.0, 5.2]))
    assert np.isnan(values[:40]).all()
    assert np.isfinite(values[40:]).all()


def test_the_rsi_of_a_market_that_only_rose_is_100() -> None:
    values = compute(Indicator("RSI", period=3), priced([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert values[3:].tolist() == [100.0, 100.0]


def test_where_backtrader_divides_by_zero_there_is_no_value_from_there_on() -> None:
    candles = priced([float(price) for price in [*range(10, 50), *[50] * 30]])
    for stochastic in (
        Indicator("Stochastic", period=5),
        Indicator("Stochastic", period=5, movav="SMA"),
    ):
        values = compute(stochastic, candles)
        last = int(np.flatnonzero(np.isfinite(values))[-1])
        assert 40 <= last < 50
        assert np.array_equal(compute(stochastic, candles[: last + 1]), values[: last + 1], True)


@pytest.mark.parametrize(
    ("indicator", "says"),
    [
        (Indicator("EMMA"), "'EMMA' is not an indicator.*Is one of these meant: .*EMA"),
        (Indicator("num2date"), "'num2date' is not an indicator"),
        (Indicator("movav"), "'movav' is not an indicator"),
        (Indicator("EMA", perod=3), "no parameter 'perod'. It has: period"),
        (Indicator("MACD", line="sygnal"), "no line 'sygnal'. It has: macd, signal"),
        (Indicator("DoubleBottom", depth=3), "no parameter 'depth'. It has: "),
        (Indicator("DoubleBottom", line="top"), "no line 'top'"),
    ],
    ids=str,
)
def test_an_unknown_name_is_refused_with_the_known_ones(indicator: Indicator, says: str) -> None:
    with pytest.raises(UnknownIndicator, match=says):
        checked(indicator)


@pytest.mark.parametrize("period", [0, -3, 2.5, "EMA", True])
@pytest.mark.parametrize("name", ["EMA", "DV2", "RSIDivergence"])
def test_a_period_is_a_whole_number_from_one_on(name: str, period: Any) -> None:
    with pytest.raises(BadIndicator, match=r"period = .*(whole|not a) number"):
        checked(Indicator(name, period=period))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Decimal(3), "period is of type Decimal; a parameter is an int, float, bool or str"),
        (None, "period is None"),
        ([3], "period is of type list"),
        (float("nan"), "period = nan is not a finite number"),
    ],
)
def test_parameters_of_other_types_are_refused(value: Any, says: str) -> None:
    with pytest.raises(BadIndicator, match=says):
        checked(Indicator("EMA", period=value))


@pytest.mark.parametrize(
    ("indicator", "says"),
    [
        (Indicator("RSI", movav="close"), "must be the name of an average"),
        (Indicator("RSI", movav=3), "must be the name of an average"),
        (Indicator("RSI", movav="MovingAverageBase"), "must be the name of an average"),
        (Indicator("RSI", safediv=1), "safediv must be a bool"),
        (Indicator("KST", rfactors=2.0), "rfactors cannot be set by a strategy"),
        (Indicator("CrossOver"), "CrossOver cannot be used by a strategy: it compares two series"),
        (Indicator("ATR", of="volume"), "ATR reads more than one column of its candles"),
        (Indicator("PSAR", of="high"), "PSAR reads more than one column of its candles"),
        (Indicator("DoubleBottom", of="low"), "DoubleBottom is a pattern of whole candles"),
        (Indicator("HMA", period=1), "HMA.* fails: "),
    ],
    ids=str,
)
def test_what_cannot_be_computed_is_refused_with_the_reason(
    indicator: Indicator, says: str
) -> None:
    with pytest.raises(BadIndicator, match=says):
        checked(indicator)


def test_a_line_that_looks_ahead_is_refused_and_its_neighbours_are_not() -> None:
    with pytest.raises(LooksAhead, match="chikou_span"):
        checked(Indicator("Ichimoku", line="chikou_span"))
    checked(Indicator("Ichimoku", line="senkou_span_b"))


@pytest.mark.parametrize(
    "indicator",
    [
        Indicator("SMA", of="volume", period=7),
        Indicator("RSI", of="open"),
        Indicator("MACD", of="high", line="signal"),
        Indicator("KAMA", of="low", period=10),
        Indicator("RSI", movav="EMA", period=7),
        Indicator("BollingerBands", line="bot", movav="WMA", period=8),
        Indicator("DEMA", _movav="SMA", period=8),
        Indicator("RSI", safediv=True, lookback=2),
        Indicator("EMA", period=5.0),
    ],
    ids=str,
)
def test_columns_and_parameters_mean_what_they_mean_in_cerebro(indicator: Indicator) -> None:
    kinds = backtrader().indicators
    arguments = {
        name: getattr(kinds, value) if isinstance(value, str) else value
        for name, value in indicator.parameters
    }
    if "period" in arguments:
        arguments["period"] = int(arguments["period"])
    kind = getattr(kinds, indicator.name)
    (lines,) = in_cerebro.run([kind], CANDLES, indicator.of, **arguments)
    expected = lines[indicator.line] if indicator.line else next(iter(lines.values()))
    assert_same(compute(indicator, CANDLES), expected, within=1e-10)


def test_a_class_of_backtrader_s_is_its_name() -> None:
    given = compute(Indicator(backtrader().indicators.EMA, period=9), CANDLES)
    assert np.array_equal(given, compute(Indicator("EMA", period=9), CANDLES), True)


def test_a_pattern_is_computed_by_its_function() -> None:
    pattern = PATTERNS["RSIDivergence"]
    _, _, index = pattern.values(CANDLES, period=9)
    values = compute(Indicator("RSIDivergence", line="rsi", period=9), CANDLES)
    assert np.array_equal(values, index, equal_nan=True)


def test_no_pattern_takes_a_name_of_backtrader_s() -> None:
    assert set(PATTERNS).isdisjoint(standard_names())


def test_the_lines_of_one_indicator_are_computed_once_over_the_same_candles() -> None:
    runs: list[int] = []
    bt = backtrader()

    class Counted(bt.Indicator):  # type: ignore[misc, name-defined]
        lines = ("one", "two")

        def next(self) -> None:
            runs.append(len(self))
            self.l.one[0] = self.l.two[0] = self.data.close[0]

    compute(Indicator(Counted, line="one"), CANDLES)
    so_far = len(runs)
    values = compute(Indicator(Counted, line="two"), CANDLES)
    assert len(runs) == so_far
    values[:] = 0.0  # the caller's own
    assert np.array_equal(compute(Indicator(Counted, line="two"), CANDLES), CANDLES.close)
    assert np.array_equal(compute(Indicator(Counted), CANDLES[:50]), CANDLES.close[:50])


def test_threads_do_not_disturb_each_other() -> None:
    names = ["KAMA", "TSI", "HeikinAshi", "DMA", "Ichimoku", "BollingerBands", "Stochastic"]
    indicators = [Indicator(name) for name in names] * 12
    histories = [random_candles(200 + 10 * seed, seed) for seed in range(4)]
    work = [(each, candles) for candles in histories for each in indicators]
    alone = [compute(*each) for each in work]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: compute(*each), work))
    assert all(map(lambda one, other: np.array_equal(one, other, True), alone, together))


@pytest.mark.parametrize(
    ("indicator", "title"),
    [
        (Indicator("EMA"), ""),
        (Indicator("BollingerBands", line="top"), ""),
        (Indicator("ParabolicSAR"), ""),
        (Indicator("RSI"), "RSI"),
        (Indicator("MACD", line="signal", timeframe="4h"), "MACD"),
        (Indicator("TSI"), "TSI"),
        (Indicator("SMA", of="volume"), "volume"),
        (Indicator("ROC", of="volume"), "ROC"),
        (Indicator("RSIDivergence"), "RSIDivergence"),
    ],
    ids=str,
)
def test_an_indicator_is_drawn_over_the_prices_or_in_a_panel(
    indicator: Indicator, title: str
) -> None:
    assert placement(indicator) == title


def test_the_engine_says_which_libraries_compute() -> None:
    assert set(versions()) == {"backtrader", "numpy", "ta-lib"}


def test_the_parts_of_the_engine_can_be_asked_alone() -> None:
    twin = compiled(Indicator("MACD", line="signal"))
    assert twin is not None
    assert_same(twin(CANDLES), computed(Indicator("MACD", line="signal"), CANDLES), within=1e-9)
    assert compiled(Indicator("EMA", period=1)) is None
    assert compiled(Indicator("KAMA")) is None


def priced(closes: list[float]) -> Candles:
    """Candles that are nothing but a close."""
    close = np.array(closes)
    times = np.arange(len(close), dtype=np.int64) * HOUR
    return Candles(times, close, close, close, close, np.ones(len(close)))


def assert_same(values: Floats, others: Floats, *, within: float) -> None:
    assert np.array_equal(np.isnan(values), np.isnan(others))
    assert np.allclose(values, others, rtol=within, atol=0, equal_nan=True)
