"""A warm-up is long enough that it does not matter where the history begins, and no guess."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.indicators.engine import BadIndicator, NeverSettles, compute, warm_up
from adapters.indicators.kinds import AHEAD, UNUSABLE, original, standard_names
from adapters.indicators.library import backtrader
from adapters.indicators.patterns import PATTERNS
from adapters.indicators.synthetic import MARKETS, synthetic
from adapters.indicators.warm_up import known_warm_up
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator
from tests.adapters.indicators.series import HOURLY, random_candles, recorded

bt = backtrader()
CUMULATIVE = {"Accum", "WilliamsAD"}
_DERIVED = ("Envelope", "Oscillator", "Osc")
SLOW = {"DicksonMovingAverage", "ZeroLagIndicator", "HeikinAshi", "haDelta"}
ORIGINALS = [
    name
    for name in standard_names()
    if not getattr(bt.indicators, name).aliased
    and name not in UNUSABLE
    and name != "HurstExponent"  # of the last 40 closes, and slow
    and (not name.endswith(_DERIVED) or name.startswith(("Awesome", "Ultimate", "PrettyGood")))
]
HISTORIES = [random_candles(2_500, seed=7)] + [recorded(path)[-2_500:] for path in HOURLY[::9]]


@pytest.mark.parametrize("name", [name for name in ORIGINALS if name not in CUMULATIVE])
def test_after_the_warm_up_it_does_not_matter_where_the_history_begins(name: str) -> None:
    histories = HISTORIES[:2] if name in SLOW else HISTORIES
    for line in getattr(bt.indicators, name).lines._getlines():
        if line not in AHEAD.get(name, ()):
            assert_settled(Indicator(name, line=line), histories)


@pytest.mark.parametrize(
    "indicator",
    [
        Indicator("EMA", period=8),
        Indicator("EMA", period=100),
        Indicator("ATR", period=5),
        Indicator("RSI", period=21),
        Indicator("MACD", line="signal", period_me1=5, period_me2=13, period_signal=4),
        Indicator("SMA", period=50),
        Indicator("BollingerBands", line="top", period=50),
        Indicator("KAMA", period=10),
        Indicator("RSI", movav="EMA", period=10),
        Indicator("EMA", of="volume", period=9),
        Indicator("PSAR", af=0.01),
        Indicator("SMMA", period=60),
    ],
    ids=str,
)
def test_other_lengths_need_other_warm_ups(indicator: Indicator) -> None:
    assert_settled(indicator, HISTORIES)


@pytest.mark.parametrize("name", sorted(CUMULATIVE))
def test_a_cumulative_indicator_is_refused(name: str) -> None:
    with pytest.raises(NeverSettles, match=f"{name}.*depend on where the history begins"):
        warm_up(Indicator(name))


class BarsSinceTheStart(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("bars",)

    def next(self) -> None:
        self.l.bars[0] = len(self)


class OnBalanceVolume(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("volume",)

    def __init__(self) -> None:
        self.addminperiod(2)

    def nextstart(self) -> None:
        self.l.volume[0] = self.data.volume[0]

    def next(self) -> None:
        rose = np.sign(self.data.close[0] - self.data.close[-1])
        self.l.volume[0] = self.l.volume[-1] + rose * self.data.volume[0]


class VerySlow(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("average",)

    def __init__(self) -> None:
        self.l.average = bt.indicators.ExponentialSmoothing(self.data, alpha=0.004)


class Never(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("nothing",)

    def __init__(self) -> None:
        self.l.nothing = self.data.close * float("nan")


@pytest.mark.parametrize("kind", [BarsSinceTheStart, OnBalanceVolume])
def test_an_own_cumulative_indicator_is_refused(kind: Any) -> None:
    with pytest.raises(NeverSettles, match=kind.__name__):
        warm_up(Indicator(kind))


def test_a_slow_one_is_measured_on_more_candles() -> None:
    assert 5_500 < warm_up(Indicator(VerySlow)) < 9_000


def test_one_without_any_value_is_refused() -> None:
    with pytest.raises(BadIndicator, match="has no value on any of"):
        warm_up(Indicator(Never))


def test_a_finite_memory_is_known_to_the_candle() -> None:
    assert warm_up(Indicator("Highest", period=20)) == 19
    assert warm_up(Indicator("Stochastic", line="percD")) == 17
    assert warm_up(Indicator("PercentRank", period=50)) == 49
    assert warm_up(Indicator("Ichimoku", line="senkou_span_b")) == 77


def test_the_formulas_of_the_common_families() -> None:
    known = {
        Indicator("EMA", period=21): 336,
        Indicator("MovingAverageExponential", period=21): 336,
        Indicator("ATR"): 419,
        Indicator("RSI_Wilder"): 419,
        Indicator("MACD", line="signal"): 559,
        Indicator("SimpleMovingAverage", period=50): 50,
        Indicator("BBands", line="bot"): 20,
    }
    assert {each: warm_up(each) for each in known} == known
    assert known_warm_up(Indicator("RSI", lookback=2)) is None


def test_a_pattern_says_its_own() -> None:
    pattern = PATTERNS["RSIDivergence"]
    expected = pattern.warm_up(**dict(pattern.parameters) | {"within": 90})
    assert warm_up(Indicator("RSIDivergence", within=90)) == expected


def test_made_up_candles_are_the_same_for_ever() -> None:
    sums = [round(float(synthetic(market, 1_000).close.sum()), 2) for market in MARKETS]
    assert sums == SUMS
    for market in MARKETS:
        short, long = synthetic(market, 200), synthetic(market, 700)
        assert all(
            np.array_equal(getattr(short, column), getattr(long, column)[:200])
            for column in Candles.__slots__
        )
        assert (long.low > 0).all()
        assert (long.high >= np.maximum(long.open, long.close)).all()
        assert (long.low <= np.minimum(long.open, long.close)).all()


SUMS = [99178.61, 113655.81, 88030.82, 102914.81]


def test_a_measured_warm_up_is_the_same_in_another_process() -> None:
    asks = (
        "from adapters.indicators.engine import warm_up\n"
        "from domain.strategies.strategy import Indicator\n"
        "print(warm_up(Indicator('TSI')), warm_up(Indicator('ADX')))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asks], check=True, capture_output=True, text=True,
        cwd=Path(__file__).parents[3],
    ).stdout  # fmt: skip
    assert said.split() == [str(warm_up(Indicator("TSI"))), str(warm_up(Indicator("ADX")))]


def assert_settled(indicator: Indicator, histories: list[Candles]) -> None:
    """From some beginnings of each history to 1e-11, bands of quick means to 1e-10."""
    need = warm_up(indicator)
    within = 1e-10 if original_name(indicator) == "BollingerBands" else 1e-11
    for candles in histories:
        whole = compute(indicator, candles)
        for begin in (501, len(candles) // 2 - need // 2):
            part = compute(indicator, candles[begin : begin + need + 200])
            assert_equal(part[need:], whole[begin + need :][: len(part) - need], whole, within)


def assert_equal(values: Floats, expected: Floats, whole: Floats, within: float) -> None:
    if np.isfinite(whole).any():
        assert len(values) > 100
        floor = within * float(np.nanmedian(np.abs(whole)))
        assert np.allclose(values, expected, rtol=within, atol=floor, equal_nan=True)


def original_name(indicator: Indicator) -> str:
    return original(getattr(bt.indicators, indicator.name))
