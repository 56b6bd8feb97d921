"""Drawdowns, by hand and by the definition over all pairs of points."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.performance.curve import EquityCurve
from domain.performance.drawdown import deepest_drawdown
from domain.times import from_ms, to_ms
from tests.domain.performance.closed import DAY, SINCE, curve, points
from tests.scenario import D


def test_a_drawdown_goes_from_the_highest_point_before_to_the_lowest_after() -> None:
    deepest = deepest_drawdown(curve(100, 120, 90, 110, 80, 130))
    assert deepest is not None
    assert deepest.share == pytest.approx(1 / 3)
    assert deepest.amount == D(40)
    assert deepest.peak_at == from_ms(SINCE + 2 * DAY)
    assert deepest.trough_at == from_ms(SINCE + 5 * DAY)
    assert deepest.recovered_at == from_ms(SINCE + 6 * DAY)
    assert deepest.days == 3.0


def test_the_deepest_is_that_of_the_largest_share_not_amount() -> None:
    deepest = deepest_drawdown(curve(100, 50, 1_000, 900))
    assert deepest is not None
    assert (deepest.share, deepest.amount) == (0.5, D(50))


def test_a_drawdown_begins_when_equity_was_last_at_its_peak() -> None:
    deepest = deepest_drawdown(curve(100, 100, 100, 90, 90))
    assert deepest is not None
    assert (deepest.days, deepest.recovered_at) == (1.0, None)


def test_a_loss_of_more_than_all_is_a_share_above_one() -> None:
    deepest = deepest_drawdown(curve(100, -50))
    assert deepest is not None
    assert (deepest.share, deepest.amount) == (1.5, D(150))


@pytest.mark.parametrize(
    "equity", [[], [100], [100, 100], [100, 101, 101], [0, 0], [-5, -9], [-5, 0, -9]], ids=str
)
def test_there_is_none_where_equity_never_fell_or_never_was(equity: list[float]) -> None:
    assert deepest_drawdown(curve(*equity)) is None


def test_what_doubles_make_of_nothing_is_no_drawdown() -> None:
    assert deepest_drawdown(curve(0.3, 0.1 + 0.2, 0.3)) is None


CURVES = some.lists(some.integers(-30, 100), min_size=1, max_size=40).map(
    lambda equity: curve(*map(float, equity))
)


@given(CURVES)
def test_it_is_the_largest_fall_from_the_highest_point_before_any_other(curve: EquityCurve) -> None:
    equity = curve.equity.tolist()
    highest = [max(equity[: place + 1]) for place in range(len(equity))]
    pairs = zip(highest, equity, strict=True)
    falls = [(before - after) / before for before, after in pairs if before > 0]
    assert _share(curve) == max(0.0, *falls, 0.0)


@given(some.lists(some.integers(0, 100), min_size=1, max_size=40))
def test_without_debts_it_is_the_largest_fall_between_any_two_points(equity: list[int]) -> None:
    falls = [
        (before - after) / before
        for place, before in enumerate(equity)
        for after in equity[place:]
        if before > 0
    ]
    assert _share(curve(*map(float, equity))) == max(falls, default=0.0)


def _share(of: EquityCurve) -> float:
    deepest = deepest_drawdown(of)
    return 0.0 if deepest is None else deepest.share


@given(CURVES)
def test_its_moments_are_those_of_peak_trough_and_recovery(curve: EquityCurve) -> None:
    deepest = deepest_drawdown(curve)
    if deepest is None:
        return
    at, equity = curve.at.tolist(), curve.equity.tolist()
    peak, trough = at.index(to_ms(deepest.peak_at)), at.index(to_ms(deepest.trough_at))
    assert equity[peak] == max(equity[: trough + 1])
    assert all(each < equity[peak] for each in equity[peak + 1 : trough + 1])
    assert equity[trough] == min(equity[peak : trough + 1])
    assert deepest.amount == D(equity[peak] - equity[trough])
    again = [moment for moment, each in zip(at, equity, strict=True) if each >= equity[peak]]
    later = [from_ms(moment) for moment in again if moment > at[trough]]
    assert deepest.recovered_at == (later[0] if later else None)


def test_its_days_are_those_of_its_moments_however_far_apart_they_are() -> None:
    deepest = deepest_drawdown(points((SINCE, 3), (SINCE + DAY, 2), (SINCE + 5 * DAY, 1)))
    assert deepest is not None
    assert deepest.days == 5.0
