"""Returns and ratios, by hand and against plain loops."""

from datetime import timedelta
from math import prod, sqrt
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.performance.curve import EquityCurve
from domain.performance.returns import (
    MonthReturn,
    Returns,
    annual_return,
    daily_returns,
    monthly_returns,
    returns_of,
    sharpe,
    sortino,
)
from domain.times import from_ms
from tests.domain.performance.closed import DAY, HOUR, SINCE, curve, points
from tests.scenario import D, at

UNEVEN = np.array([0.1, -0.1, 0.1])
"""Mean 1/30, sample deviation sqrt(4/300), downside deviation sqrt(1/300)."""


def _returns(of: EquityCurve, capital: str = "100", days: int = 3) -> Returns:
    return returns_of(of, capital=D(capital), first=at(0), last=at(0) + timedelta(days=days))


def test_the_total_return_is_of_the_capital() -> None:
    assert _returns(curve(100, 110, 125)).total_return == pytest.approx(0.25)
    assert _returns(curve(100, 110, 125)).final_equity == D(125)


def test_a_year_has_365_days_and_returns_compound() -> None:
    assert annual_return(1.0, 365) == pytest.approx(1.0)
    assert annual_return(0.1, 36.5) == pytest.approx(1.1**10 - 1)
    assert annual_return(0.21, 730) == pytest.approx(0.1)
    assert annual_return(-0.5, 182.5) == pytest.approx(-0.75)


@pytest.mark.parametrize(
    ("total", "days"),
    [(0.1, 0.99), (0.1, 0.0), (-1.5, 30.0), (None, 30.0), (1e6, 1.0)],
    ids=["under a day", "no time", "more than all is lost", "no capital", "beyond all measure"],
)
def test_there_is_no_annual_return(total: float | None, days: float) -> None:
    assert annual_return(total, days) is None


def test_who_loses_all_loses_all_in_a_year() -> None:
    assert annual_return(-1.0, 10) == -1.0


def test_sharpe_is_the_mean_by_the_sample_deviation_of_a_year_of_365_days() -> None:
    assert sharpe(UNEVEN) == pytest.approx(5.515133)
    assert sharpe(UNEVEN) == pytest.approx((1 / 30) / sqrt(4 / 300) * sqrt(365))


def test_sortino_is_the_mean_by_the_root_of_squared_losses_over_all_days() -> None:
    assert sortino(UNEVEN) == pytest.approx(11.030265)
    assert sortino(UNEVEN) == pytest.approx((1 / 30) / sqrt(1 / 300) * sqrt(365))


@pytest.mark.parametrize("daily", [[], [0.1], [0.1, 0.1, 0.1], [0.1, np.nan, 0.2]], ids=str)
def test_too_few_or_equal_days_have_no_ratio(daily: list[float]) -> None:
    assert sharpe(np.array(daily)) is None
    assert sortino(np.array(daily)) is None


def test_equal_returns_have_no_deviation_whatever_doubles_make_of_them() -> None:
    grown = curve(*(100 * 1.01**day for day in range(1, 400)))
    assert _returns(grown, days=399).sharpe is None


def test_without_a_losing_day_there_is_no_sortino() -> None:
    assert sortino(np.array([0.1, 0.0, 0.2])) is None


def test_only_losses_give_negative_ratios() -> None:
    assert sharpe(np.array([-0.1, -0.2])) == pytest.approx(-0.15 / stdev([0.1, 0.2]) * sqrt(365))
    assert sortino(np.array([-0.1, -0.2])) == pytest.approx(-0.15 / sqrt(0.025) * sqrt(365))


def test_calmar_is_the_annual_return_by_the_drawdown() -> None:
    found = _returns(curve(*[100.0] * 363, 80, 120), days=365)
    assert (found.annual_return, found.max_drawdown) == pytest.approx((0.2, 0.2))
    assert found.calmar == pytest.approx(1.0)
    assert _returns(curve(*[100.0] * 364, 120), days=365).calmar is None


def test_what_is_lost_of_the_capital_at_once_is_a_drawdown() -> None:
    found = _returns(curve(80, 90, 100))
    assert found.max_drawdown == pytest.approx(0.2)
    assert found.drawdown is not None
    assert found.drawdown.peak_at == at(0)


def test_a_close_at_midnight_ends_the_day_before() -> None:
    whole = points((SINCE, 100), (SINCE + 23 * HOUR, 90), (SINCE + DAY, 110), (SINCE + 2 * DAY, 99))
    assert daily_returns(whole, SINCE + 2 * DAY) == pytest.approx([0.1, -0.1])


def test_days_without_a_point_return_nothing_and_the_last_may_be_a_part() -> None:
    whole = points((SINCE + HOUR, 100), (SINCE + 2 * HOUR, 110), (SINCE + 2 * DAY + HOUR, 121))
    assert daily_returns(whole, SINCE + 2 * DAY + 2 * HOUR) == pytest.approx([0.1, 0.0, 0.1])


def test_months_are_those_of_utc_and_quiet_ones_return_nothing() -> None:
    first, march = at(12) + timedelta(days=30), at(0) + timedelta(days=60)
    begun = curve(100).begun(SINCE + 30 * DAY + 12 * HOUR, 100.0)
    assert begun.at.tolist() == [SINCE + 30 * DAY + 12 * HOUR]
    whole = points(
        (SINCE + 30 * DAY + 12 * HOUR, 100), (SINCE + 31 * DAY, 150), (SINCE + 60 * DAY + 1, 75)
    )
    assert (first.month, march.month, march.day) == (1, 3, 1)
    assert monthly_returns(whole, SINCE + 61 * DAY) == (
        MonthReturn(2024, 1, 0.5),
        MonthReturn(2024, 2, 0.0),
        MonthReturn(2024, 3, -0.5),
    )


def test_without_capital_nothing_is_measured_against_it() -> None:
    found = _returns(curve(0, 0, 0), capital="0")
    assert (found.total_return, found.annual_return, found.calmar) == (None, None, None)
    assert (found.sharpe, found.sortino, found.max_drawdown) == (None, None, 0.0)
    assert found.monthly_returns == (MonthReturn(2024, 1, None),)


def test_a_day_that_begins_with_debts_has_no_return() -> None:
    found = _returns(curve(50, -10, 20))
    assert (found.sharpe, found.sortino) == (None, None)
    assert found.total_return == pytest.approx(-0.8)
    assert found.max_drawdown == pytest.approx(1.1)


def test_a_curve_without_points_is_the_capital() -> None:
    found = _returns(curve(), days=2)
    assert (found.total_return, found.annual_return, found.final_equity) == (0.0, 0.0, D(100))
    assert found.drawdown is None


def test_one_point_is_enough_for_a_return() -> None:
    found = returns_of(curve(101, every=HOUR), capital=D(100), first=at(0), last=at(1))
    assert found.total_return == pytest.approx(0.01)
    assert (found.annual_return, found.sharpe, found.sortino) == (None, None, None)
    assert found.monthly_returns == (MonthReturn(2024, 1, 0.01),)


CURVES = some.lists(
    some.tuples(some.integers(1, 3 * DAY), some.floats(1, 1_000)), min_size=1, max_size=60
)


@given(CURVES, some.integers(0, 40 * DAY), some.integers(0, 3 * DAY))
def test_daily_and_monthly_returns_are_those_of_a_plain_loop(
    steps: list[tuple[int, float]], begins: int, rest: int
) -> None:
    moments = (SINCE + begins + np.cumsum([step for step, _ in steps])).tolist()
    begun = points(*zip(moments, [equity for _, equity in steps], strict=True)).begun(
        SINCE + begins, 100.0
    )
    until = moments[-1] + rest
    days = _by_name(begun, until, "%Y-%m-%d")
    assert daily_returns(begun, until) == pytest.approx(list(days.values()))
    months = _by_name(begun, until, "%Y-%m")
    found = monthly_returns(begun, until)
    assert [f"{each.year}-{each.month:02}" for each in found] == list(months)
    assert [each.rate for each in found] == pytest.approx(list(months.values()))


def _by_name(begun: EquityCurve, until: int, form: str) -> dict[str, float]:
    """Returns by the name of the day or month in which a moment lies, walked half day by half day.

    A moment at midnight is still of the day before.
    """
    named: dict[str, float] = {}
    start, known = float(begun.equity[0]), list(zip(begun.at.tolist(), begun.equity, strict=True))
    first = int(begun.at[0])
    moments = sorted({*range(first + 1, until + 1, DAY // 2), *begun.at[1:].tolist(), until})
    current = from_ms(first).strftime(form)
    worth = start
    for moment in moments:
        name = from_ms(max(moment - 1, first)).strftime(form)
        if name != current:
            named[current], start, current = worth / start - 1, worth, name
        worth = float([equity for when, equity in known if when <= moment][-1])
    named[current] = worth / start - 1
    return named


@given(CURVES)
def test_the_months_together_are_the_whole_return(steps: list[tuple[int, float]]) -> None:
    moments = (SINCE + np.cumsum([step for step, _ in steps])).tolist()
    whole = points(*zip(moments, [equity for _, equity in steps], strict=True))
    found = returns_of(whole, capital=D(100), first=at(0), last=from_ms(moments[-1]))
    rates = [month.rate for month in found.monthly_returns if month.rate is not None]
    assert found.total_return is not None
    assert prod(1 + rate for rate in rates) == pytest.approx(1 + found.total_return)


@given(some.lists(some.floats(-0.5, 0.5), min_size=2, max_size=50))
def test_ratios_are_those_of_plain_sums(daily: list[float]) -> None:
    below = sqrt(sum(min(each, 0) ** 2 for each in daily) / len(daily))
    if stdev(daily) > 1e-9:
        assert sharpe(np.array(daily)) == pytest.approx(mean(daily) / stdev(daily) * sqrt(365))
    if below > 1e-9:
        assert sortino(np.array(daily)) == pytest.approx(mean(daily) / below * sqrt(365))
