"""Every value that the engine gives is Backtrader's own, as Cerebro would compute it."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from adapters.indicators.backtrader_code import backtrader, computed
from adapters.indicators.compiled import compiled
from adapters.indicators.engine import BadIndicator, UnknownIndicator, compute, versions
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR, HOURLY, random_candles, recorded

COMPILED = [
    Indicator("EMA", period=2),
    Indicator("EMA", period=21),
    Indicator("EMA"),
    Indicator("SMA", period=10),
    Indicator("SMA", period=200),
    Indicator("ATR", period=14),
    Indicator("ATR", period=2),
    Indicator("RSI", period=14),
    Indicator("RSI", period=3),
]
INTERPRETED = [
    Indicator("EMA", period=1),
    Indicator("MACD"),
    Indicator("MACD", line="signal", period_me1=5, period_me2=13),
    Indicator("BollingerBands", line="top", devfactor=2.5),
    Indicator("BollingerBands", line="bot", period=10),
    Indicator("Stochastic", line="percD"),
    Indicator("KAMA", period=10),
    Indicator("CCI"),
]
SERIES = [random_candles(700, seed=7)] + [recorded(path, 1_500) for path in HOURLY[:3]]


@pytest.mark.parametrize("indicator", COMPILED, ids=str)
def test_a_compiled_twin_is_equal_to_backtrader_s_indicator(indicator: Indicator) -> None:
    assert compiled(indicator) is not None
    for candles in SERIES:
        assert_same(compute(indicator, candles), cerebro(indicator, candles), within=1e-9)


@pytest.mark.parametrize("indicator", INTERPRETED, ids=str)
def test_backtrader_s_code_gives_the_same_without_its_event_loop(indicator: Indicator) -> None:
    assert compiled(indicator) is None
    for candles in SERIES[:2]:
        assert_same(compute(indicator, candles), cerebro(indicator, candles), within=0)


@pytest.mark.parametrize("indicator", COMPILED + INTERPRETED, ids=str)
def test_a_value_does_not_depend_on_later_candles(indicator: Indicator) -> None:
    candles = SERIES[0][:120]
    whole = compute(indicator, candles)
    for count in range(0, 121, 8):
        assert np.array_equal(compute(indicator, candles[:count]), whole[:count], equal_nan=True)


@pytest.mark.parametrize("indicator", COMPILED + INTERPRETED, ids=str)
def test_too_few_candles_have_no_value(indicator: Indicator) -> None:
    for count in (0, 1):
        values = compute(Indicator(indicator.name, line=indicator.line), SERIES[0][:count])
        assert len(values) == count
        assert np.isnan(values).all()


def test_the_rsi_of_a_market_that_never_moved_is_not_a_number() -> None:
    values = compute(Indicator("RSI"), priced([5.0] * 40 + [5.1, 5.0, 5.2]))
    assert np.isnan(values[:40]).all()
    assert np.isfinite(values[40:]).all()


def test_the_rsi_of_a_cheap_coin_is_backtrader_s() -> None:
    prices = [3e-8, 4e-8, 3e-8, 5e-8, *([4e-8] * 300)]
    for indicator in (Indicator("RSI", period=3), Indicator("RSI", period=14)):
        candles = priced(prices)
        assert_same(compute(indicator, candles), computed(indicator, candles), within=1e-9)


def test_where_backtrader_divides_by_zero_there_is_no_value_from_there_on() -> None:
    candles = priced([float(price) for price in [*range(10, 50), *[50] * 30]])
    stochastic = Indicator("Stochastic", period=5)
    values = compute(stochastic, candles)
    last = int(np.flatnonzero(np.isfinite(values))[-1])
    assert 40 <= last < 50
    assert np.array_equal(compute(stochastic, candles[: last + 1]), values[: last + 1], True)


@pytest.mark.parametrize(
    ("indicator", "says"),
    [
        (Indicator("EMMA"), "'EMMA' is not an indicator"),
        (Indicator("num2date"), "'num2date' is not an indicator"),
        (Indicator("EMA", perod=3), "no parameter 'perod'. It has: period"),
        (Indicator("MACD", line="sygnal"), "no line 'sygnal'. It has: macd, signal"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(indicator: Indicator, says: str) -> None:
    with pytest.raises(UnknownIndicator, match=says):
        compute(indicator, SERIES[0])


@pytest.mark.parametrize("period", [0, -3, 2.5, float("nan")])
def test_a_period_is_a_whole_number_from_one_on(period: float) -> None:
    with pytest.raises(BadIndicator, match="whole number"):
        compute(Indicator("EMA", period=period), SERIES[0])


def test_the_engine_says_which_libraries_compute() -> None:
    assert set(versions()) == {"backtrader", "numpy", "ta-lib"}


def priced(closes: list[float]) -> Candles:
    """Candles that are nothing but a close."""
    close = np.array(closes)
    times = np.arange(len(close), dtype=np.int64) * HOUR
    return Candles(times, close, close, close, close, np.ones(len(close)))


def assert_same(values: Floats, others: Floats, *, within: float) -> None:
    assert np.array_equal(np.isnan(values), np.isnan(others))
    assert np.allclose(values, others, rtol=within, atol=0, equal_nan=True)


def cerebro(indicator: Indicator, candles: Candles) -> Floats:
    """The indicator's values in a true run of Backtrader's Cerebro."""
    bt = backtrader()

    class Feed(bt.feed.DataBase):  # type: ignore[misc, name-defined]
        def start(self) -> None:
            super().start()
            self.row = -1

        def _load(self) -> bool:
            self.row += 1
            if self.row == len(candles):
                return False
            at: datetime = from_ms(int(candles.open_time[self.row]))
            self.lines.datetime[0] = bt.date2num(at.replace(tzinfo=None))
            for name in ("open", "high", "low", "close", "volume"):
                getattr(self.lines, name)[0] = getattr(candles, name)[self.row]
            self.lines.openinterest[0] = 0.0
            return True

    class Watching(bt.Strategy):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            kind: Any = getattr(bt.indicators, indicator.name)
            self.watched = kind(self.data, **dict(indicator.parameters))

    run = bt.Cerebro(stdstats=False)
    run.adddata(Feed())
    run.addstrategy(Watching)
    watched = run.run()[0].watched
    line = getattr(watched.lines, indicator.line) if indicator.line else watched.lines[0]
    return np.array(line.array[: len(candles)], dtype=np.float64)
