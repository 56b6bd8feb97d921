"""An author's own classes of Backtrader's kind give what they give in Cerebro."""

from typing import Any

import numpy as np
import pytest

from adapters.indicators.engine import BadIndicator, UnknownIndicator, checked, compute, warm_up
from adapters.indicators.library import backtrader
from domain.strategies.strategy import Indicator
from tests.adapters.indicators import in_cerebro
from tests.adapters.indicators.series import HOURLY, random_candles, recorded

bt = backtrader()
SERIES = [random_candles(300, seed=7)] + [recorded(path, 300) for path in HOURLY[:3]]


class OnlyNext(bt.Indicator):  # type: ignore[misc, name-defined]
    """No `once`: Backtrader steps through it."""

    lines = ("middle", "span")
    params = (("period", 9),)

    def __init__(self) -> None:
        self.addminperiod(self.p.period)

    def next(self) -> None:
        closes = self.data.close.get(size=self.p.period)
        self.l.middle[0] = (max(closes) + min(closes)) / 2
        self.l.span[0] = max(closes) - min(closes)


class OfOthers(bt.Indicator):  # type: ignore[misc, name-defined]
    """Made of lines and of other indicators."""

    lines = ("distance", "is_far")
    params = (("period", 12), ("factor", 2))

    def __init__(self) -> None:
        average = bt.indicators.EMA(self.data, period=self.p.period)
        range_ = bt.indicators.ATR(self.data, period=self.p.period)
        self.l.distance = abs(self.data.close - average) / range_
        self.l.is_far = self.l.distance > self.p.factor


class Remembering(bt.Indicator):  # type: ignore[misc, name-defined]
    """Feeds on its own last value, from `nextstart` on, with others that have only `next`."""

    lines = ("trail",)
    params = (("share", 0.1),)

    def __init__(self) -> None:
        other: Any = OnlyNext
        self.span = other(self.data, period=5).span
        self.addminperiod(3)

    def prenext(self) -> None:
        self.l.trail[0] = self.data.low[0]

    def nextstart(self) -> None:
        self.l.trail[0] = self.data.close[0]

    def next(self) -> None:
        step = self.p.share * (self.data.close[0] - self.l.trail[-1])
        self.l.trail[0] = self.l.trail[-1] + step + 0.01 * self.span[0]


class Stepping(bt.Indicator):  # type: ignore[misc, name-defined]
    """Made of one that Cerebro has to step through."""

    lines = ("body",)

    def __init__(self) -> None:
        candle = bt.indicators.HeikinAshi(self.data)
        self.l.body = candle.ha_close - candle.ha_open


class WhatDay(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("weekday",)

    def next(self) -> None:
        self.l.weekday[0] = self.data.datetime.datetime(0).weekday()


@pytest.mark.parametrize("kind", [OnlyNext, OfOthers, Remembering, Stepping, WhatDay])
def test_an_own_indicator_gives_what_it_gives_in_cerebro(kind: Any) -> None:
    for candles in SERIES:
        (expected,) = in_cerebro.run([kind], candles)
        for line, values in expected.items():
            given = compute(Indicator(kind, line=line), candles)
            assert np.array_equal(given, values, equal_nan=True)


@pytest.mark.parametrize("kind", [OnlyNext, OfOthers, Remembering, Stepping])
def test_its_values_do_not_depend_on_later_candles(kind: Any) -> None:
    whole = compute(Indicator(kind), SERIES[0])
    for count in (0, 1, 3, 8, 12, 13, 40):
        part = compute(Indicator(kind), SERIES[0][:count])
        assert np.array_equal(part, whole[:count], equal_nan=True)


def test_parameters_and_columns_of_an_own_indicator() -> None:
    for arguments in ({"period": 5, "factor": 1.5}, {"period": 20, "factor": 3}):
        (expected,) = in_cerebro.run([OfOthers], SERIES[0], **arguments)
        given = compute(Indicator(OfOthers, line="is_far", **arguments), SERIES[0])
        assert np.array_equal(given, expected["is_far"], equal_nan=True)
    with pytest.raises(UnknownIndicator, match="OfOthers has no parameter 'perid'"):
        checked(Indicator(OfOthers, perid=3))
    with pytest.raises(BadIndicator, match="reads more than one column"):
        checked(Indicator(OnlyNext, of="volume"))


def test_the_warm_up_of_an_own_indicator_is_measured() -> None:
    assert warm_up(Indicator(OnlyNext, period=15)) == 14
    assert 250 < warm_up(Indicator(Remembering)) < 400
    assert warm_up(Indicator(OfOthers)) > warm_up(Indicator(OfOthers, period=6))


class Fails(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("nothing",)

    def next(self) -> None:
        raise KeyError("no such key")


class FailsAtOnce(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("nothing",)

    def __init__(self) -> None:
        self.l.nothing = bt.indicators.EMA(self.data, period="long")


class OfTwo(bt.Indicator):  # type: ignore[misc, name-defined]
    lines = ("nothing",)
    _mindatas = 2


class NoLines(bt.Indicator):  # type: ignore[misc, name-defined]
    pass


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            Fails,
            r"Fails\(\) fails: KeyError: 'no such key' "
            r"\(line \d+ of test_own_indicators\.py: raise Key",
        ),
        (FailsAtOnce, r"FailsAtOnce\(\) fails: TypeError: .* of .*test_own.*EMA"),
        (OfTwo, "OfTwo wants 2 datas"),
        (NoLines, "NoLines has no lines"),
        (int, "int is not a subclass of backtrader.Indicator"),
    ],
)
def test_the_error_of_an_own_indicator_is_said_in_a_line(kind: type, says: str) -> None:
    with pytest.raises(BadIndicator, match=says) as refused:
        checked(Indicator(kind))
    assert "\n" not in str(refused.value)


def test_where_an_own_indicator_divides_by_zero_there_is_no_value_from_there_on() -> None:
    class Ratio(bt.Indicator):  # type: ignore[misc, name-defined]
        lines = ("ratio",)

        def next(self) -> None:
            self.l.ratio[0] = 1 / (len(self) - 20)

    values = compute(Indicator(Ratio), SERIES[0])
    assert np.isfinite(values[:19]).all()
    assert np.isnan(values[19:]).all()
