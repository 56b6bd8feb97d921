"""Strategies: parameters, rules and what they come to as an opinion."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pytest

from domain.account.terms import ExitPlan
from domain.blocks import BLOCK, Window
from domain.longer import NotLonger
from domain.strategies import UnknownStrategy, strategy
from domain.strategies.ema_cross import EmaCross
from domain.strategies.evaluate import opinion
from domain.strategies.strategy import BadRules, Parameter, WarmUpTooLong
from domain.timeframes import timeframe
from papertape import (
    BadParameter,
    Candles,
    Floats,
    Indicator,
    Rules,
    Strategy,
    crosses_above,
    crosses_below,
)

HOUR = timeframe("1h")


class Breakout(Strategy, frozen=True):
    """What a newcomer writes: enters above an average, exits below it."""

    name: ClassVar[str] = "breakout"
    length: int = 3
    stop: float = 0.95

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=self.length)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=crosses_above(candles.close, values["average"]),
            exit_long=crosses_below(candles.close, values["average"]),
            stop=candles.close * self.stop,
        )


def average(indicator: Indicator, candles: Candles) -> Floats:
    """A moving average, in place of an engine."""
    length, closes = int(dict(indicator.parameters)["period"]), candles.close
    values = np.full(len(closes), np.nan)
    for row in range(length - 1, len(closes)):
        values[row] = closes[row - length + 1 : row + 1].mean()
    return values


def window_of(*closes: float) -> Window:
    close = np.array(closes)
    times = (BLOCK - 4 + np.arange(len(close), dtype=np.int64)) * HOUR.ms
    window = Window(HOUR, 4)
    window.extend(Candles(times, close, close, close, close, close))
    return window


def test_an_opinion_tells_what_the_strategy_saw() -> None:
    said = opinion(Breakout(), "BTC/USDT", window_of(10, 9, 9, 9, 12), average)
    assert said is not None
    assert (said.strategy, said.pair, said.enter, said.exit) == (
        "breakout", "BTC/USDT", "long", None,
    )  # fmt: skip
    assert (said.close, said.stop, said.target) == (Decimal(12), Decimal("11.4"), None)
    assert said.indicators == {"average": Decimal(10)}


def test_an_indicator_is_told_with_twelve_digits() -> None:
    said = opinion(Breakout(), "BTC/USDT", window_of(10, 9, 9, 9, 11), average)
    assert said is not None
    assert said.indicators == {"average": Decimal("9.66666666667")}


def test_an_exit_is_an_opinion_too() -> None:
    said = opinion(Breakout(), "BTC/USDT", window_of(9, 9, 10, 11, 7), average)
    assert said is not None
    assert (said.enter, said.exit) == (None, "long")


@pytest.mark.parametrize(
    ("closes", "reason"),
    [
        ((9, 9, 9, 12), "the warm-up is not over"),
        ((9, 9, 9, 9, 9), "nothing crosses"),
        ((10, 9, 9, 9, float("inf")), "a value is not finite"),
    ],
)
def test_nothing_is_said(closes: tuple[float, ...], reason: str) -> None:
    assert opinion(Breakout(), "BTC/USDT", window_of(*closes), average) is None


def test_an_entry_without_a_finite_stop_is_not_said() -> None:
    unprotected = Breakout(stop=float("nan"))
    assert opinion(unprotected, "BTC/USDT", window_of(10, 9, 9, 9, 12), average) is None


def test_rules_of_another_length_or_kind_are_refused() -> None:
    right, short = np.zeros(5, dtype=np.bool_), np.zeros(4, dtype=np.bool_)
    with pytest.raises(BadRules, match="exit_long is bool\\[4\\], not bool\\[5\\]"):
        Rules(right, short).checked(5)
    with pytest.raises(BadRules, match="stop"):
        Rules(right, right, stop=np.zeros(5, dtype=np.int64)).checked(5)


def test_a_cross_is_where_one_line_comes_to_be_above_the_other() -> None:
    line, other = np.array([np.nan, 1, 2, 3, 2, 3]), np.array([2.0, 2, 2, 2, 2, 2])
    assert np.flatnonzero(crosses_above(line, other)).tolist() == [3, 5]
    assert np.flatnonzero(crosses_below(3 - line, 3 - other)).tolist() == [3, 5]


@pytest.mark.parametrize("fast", [5, 5.0, "5", " 5 ", "5.0", Decimal(5), Decimal("5.00")])
def test_a_parameter_may_come_as_any_kind_of_number(fast: Parameter) -> None:
    assert strategy("ema_cross", {"fast": fast}) == EmaCross(fast=5)


def test_parameters_are_told_exactly_and_read_again() -> None:
    cross = EmaCross(fast=5, stop=1.1)
    assert cross.parameters() == {
        "fast": Decimal(5), "slow": Decimal(21), "atr": Decimal(14),
        "stop": Decimal("1.1"), "target": Decimal(3),
    }  # fmt: skip
    assert strategy("ema_cross", cross.parameters()) == cross


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"fats": 5}, "ema_cross has no parameter 'fats'. It has: atr, fast, slow, stop, target."),
        ({"fast": "5.5"}, "fast = 5.5: it must be a whole number"),
        ({"fast": 1}, "fast = 1: it must be a whole number >= 2"),
        ({"fast": 21}, "fast = 21 must be shorter than slow = 21"),
        ({"stop": 0}, "stop = 0: it must be a number > 0"),
        ({"stop": "nan"}, "stop = nan: it must be a number"),
        ({"stop": "wide"}, "stop = wide: it must be a number"),
        ({"slow": "1e999999999"}, "slow = 1e999999999: it must be a number"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(parameters: dict[str, Parameter], says: str) -> None:
    with pytest.raises(BadParameter, match=says):
        strategy("ema_cross", parameters)


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownStrategy, match=r"Known: .*ema_cross"):
        strategy("ema_kross", {})


def test_the_warm_up_is_that_of_the_slowest_indicator() -> None:
    assert EmaCross(slow=21, atr=14).warm_up(HOUR, period_of) == 1 + 21
    assert EmaCross(slow=21, atr=50).warm_up(HOUR, period_of) == 1 + 50
    assert Breakout(length=3).warm_up(HOUR, period_of) == 4


class Filtered(Breakout, frozen=True):
    """Looks five candles back, and at a longer timeframe."""

    lookback: ClassVar[int] = 5

    def indicators(self) -> dict[str, Indicator]:
        return {"trend": Indicator("SMA", period=self.length, timeframe="4h")}


def test_a_longer_period_counts_as_many_candles_and_one_more_for_the_part_of_it() -> None:
    assert Filtered(length=50).warm_up(HOUR, period_of) == 5 + (50 + 1) * 4


def test_a_warm_up_that_no_market_could_hold_is_refused() -> None:
    with pytest.raises(WarmUpTooLong, match=r"needs 61,205 candles .* trade on a longer timeframe"):
        Filtered(length=254).warm_up(timeframe("1m"), period_of)


def test_a_timeframe_that_is_not_longer_is_refused() -> None:
    with pytest.raises(NotLonger, match="4h is not longer than 4h"):
        Filtered().warm_up(timeframe("4h"), period_of)


def period_of(indicator: Indicator) -> int:
    """The warm-up of a plain average."""
    return int(dict(indicator.parameters)["period"])


class Patient(Breakout, frozen=True):
    """Waits below the close, with everything relative to its fill."""

    name: ClassVar[str] = "patient"

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, average = candles.close, values["average"]
        return Rules(
            enter_long=crosses_above(close, average),
            exit_long=crosses_below(close, average),
            limit=close - 1,
            trigger=close + 0.5,
            stop_distance=np.full(len(close), 2.0),
            target_distance=np.full(len(close), 4.0),
            trail_distance=close / 4,
            break_even_distance=close / 12,
            trail_long=average - 1,
            strength=close - average,
            volatility=np.full(len(close), 0.02),
            valid_for=3,
            time_stop=24,
        )


def test_an_opinion_tells_how_to_enter_and_how_to_leave() -> None:
    said = opinion(Patient(), "BTC/USDT", window_of(10, 9, 9, 9, 12), average)
    assert said is not None
    assert (said.limit, said.trigger) == (Decimal(11), Decimal("12.5"))
    assert said.exits == ExitPlan(
        stop_distance=Decimal(2),
        target_distance=Decimal(4),
        trail_distance=Decimal(3),
        break_even_distance=Decimal(1),
        time_stop=24,
    )
    assert (said.strength, said.volatility, said.valid_for) == (Decimal(2), Decimal("0.02"), 3)


def test_where_the_stops_of_open_trades_belong_is_said_at_every_close() -> None:
    said = opinion(Patient(), "BTC/USDT", window_of(9, 9, 9, 9, 9), average)
    assert said is not None
    assert (said.enter, said.exit, said.trail_long) == (None, None, Decimal(8))
