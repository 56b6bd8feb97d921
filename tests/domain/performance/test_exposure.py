"""Exposure, by hand and minute by minute."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.account.state import Trade
from domain.performance.exposure import Exposure, exposure_of
from tests.domain.performance.closed import HOUR, closed, curve
from tests.scenario import LONG_TRADE, OPENED, D, at
from tests.scenario import given as given_account

FLAT = curve(*[10_000.0] * 10, every=HOUR)
OPEN = list(given_account(OPENED, LONG_TRADE).account.trades.values())
"""A trade of 10 at 100, open since 09:00."""


def test_overlapping_trades_are_one_time_and_two_costs() -> None:
    """1,000 each from 1 to 3 and from 2 to 5, of ten hours with 10,000."""
    trades = [closed(entered=at(1), exited=at(3)), closed(entered=at(2), exited=at(5))]
    found = exposure_of(trades, [], FLAT, first=at(0), last=at(10))
    assert found.exposed_time == pytest.approx(0.4)
    assert found.exposure == pytest.approx(0.05)


def test_open_trades_are_open_until_the_last_moment() -> None:
    found = exposure_of([], OPEN, FLAT, first=at(7), last=at(11))
    assert found.exposed_time == pytest.approx(0.5)
    assert found.exposure == pytest.approx(0.05)


def test_what_lies_outside_of_the_span_does_not_count() -> None:
    trades = [closed(entered=at(1), exited=at(8)), closed(entered=at(1), exited=at(3))]
    found = exposure_of(trades, [], FLAT, first=at(5), last=at(9))
    assert found.exposed_time == pytest.approx(0.75)
    assert found.exposure == pytest.approx(0.075)


def test_no_trades_are_no_exposure() -> None:
    assert exposure_of([], [], FLAT, first=at(0), last=at(10)) == Exposure(0.0, 0.0)


def test_no_time_has_no_exposure() -> None:
    assert exposure_of([closed()], [], FLAT, first=at(9), last=at(9)) == Exposure(None, None)


@pytest.mark.parametrize("equity", [[], [0.0], [-100.0, 50.0]], ids=str)
def test_without_equity_there_is_no_share_of_it(equity: list[float]) -> None:
    found = exposure_of([closed()], [], curve(*equity), first=at(0), last=at(10))
    assert found.exposure is None
    assert found.exposed_time == pytest.approx(0.1)


@given(some.lists(some.tuples(some.integers(0, 90), some.integers(0, 30)), max_size=12))
def test_exposed_time_is_the_minutes_in_which_a_trade_was_open(
    spans: list[tuple[int, int]],
) -> None:
    trades = [
        closed(entered=at(0, start), exited=at(0, start) + timedelta(minutes=length))
        for start, length in spans
    ]
    minutes = {minute for start, length in spans for minute in range(start, start + length)}
    within = minutes & set(range(10, 100))
    found = exposure_of(trades, [], FLAT, first=at(0, 10), last=at(0, 100))
    assert found.exposed_time == pytest.approx(len(within) / 90)
    held = sum(len({*range(a, a + n)} & set(range(10, 100))) for a, n in spans)
    assert found.exposure == pytest.approx(1_000 * held / 90 / 10_000)


def test_a_trade_s_state_says_what_it_cost() -> None:
    (trade,) = OPEN
    assert isinstance(trade, Trade)
    assert trade.cost == D(1_000)
