"""Equity at every close, by hand and against the account's own."""

from decimal import localcontext
from math import nan

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from domain.account.equity import equity, last_price
from domain.account.evolve import fold
from domain.account.facts import (
    AccountFact,
    AccountReset,
    CashAdjusted,
    TradeClosed,
    TradeReduced,
)
from domain.account.state import Account
from domain.account.terms import Side
from domain.candles import Floats
from domain.performance.marking import curve_of, last_closes
from domain.times import to_ms
from domain.values import MONEY
from tests.domain.lives import PAIRS, Closed, Life, lives
from tests.domain.performance.closed import closed
from tests.scenario import BTC, ETH, D, at, open_trade

TIMES = np.array([to_ms(at(hour)) for hour in range(8, 14)])
"""Closes from 08:00 to 13:00."""
CLOSES = np.array([100.0, 101, 103, 99, 98, 97])


def _opened(hour: int, *, side: Side = "long", pair: str = BTC) -> tuple[int, AccountFact]:
    """A trade of 10 at 100, fee 2, that a period opened; the account has 8,998 in cash then."""
    return hour, open_trade(1, pair, side=side, entered=at(hour - 1))[-1]


def _left(hour: int, cash: str, part: str | None = None) -> tuple[int, AccountFact]:
    fact = closed(exited=at(hour - 1))
    return hour, _with(fact, cash=D(cash), part=None if part is None else D(part))


def _with(fact: TradeClosed, **changes: object) -> TradeClosed:
    fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
    return TradeClosed(**{**fields, **changes})


def _equity(*told: tuple[int, AccountFact], closes: dict[str, Floats] | None = None) -> list[float]:
    periods = [(to_ms(at(hour)), [fact]) for hour, fact in told]
    curve = curve_of(periods, closes or {BTC: CLOSES}, TIMES, D(10_000))
    return [float(worth) for worth in curve.equity]


def test_a_trade_is_marked_from_the_close_of_its_entry_to_that_of_its_exit() -> None:
    """8,998 in cash and 10 of the pair; out at 98 for a fee of 2 at the fourth close."""
    assert _equity(_opened(9), _left(12, "9976")) == [10_000, 10_008, 10_028, 9_988, 9_976, 9_976]


def test_a_short_earns_what_the_price_falls() -> None:
    told = _equity(_opened(9, side="short"), _left(12, "10016"))
    assert told == [10_000, 9_988, 9_968, 10_008, 10_016, 10_016]


def test_what_was_left_in_parts_is_marked_no_more() -> None:
    """4 of 10 are left at 102 for a fee of 1, the rest at 98 for a fee of 1."""
    reduced = TradeReduced(
        at(9), "main", 1, BTC, D(4), D(6), D(100), D(102), D(1), D(9_405), D(0)
    )  # fmt: skip
    told = _equity(_opened(9), (10, reduced), _left(12, "9992", part="6"))
    assert told == [10_000, 10_008, 9_405 + 618, 9_405 + 594, 9_992, 9_992]


def test_a_trade_within_one_candle_leaves_its_result() -> None:
    assert _equity(_opened(9), _left(9, "9946")) == [10_000, *[9_946.0] * 5]


def test_where_no_close_is_known_a_trade_counts_at_cost() -> None:
    closes = {BTC: np.array([nan, nan, 103, 99, 98, 97])}
    assert _equity(_opened(9), closes=closes)[:3] == [10_000, 9_998, 10_028]


def test_paper_money_that_comes_or_goes_is_in_the_equity() -> None:
    who = (1, "operator", "test")
    told = _equity(
        (9, CashAdjusted(at(9), "main", *who, D(500), D(10_500))),
        (11, AccountReset(at(11), "main", *who, 2, D(700))),
    )
    assert told == [10_000, 10_500, 10_500, 700, 700, 700]


def test_without_facts_there_is_the_capital() -> None:
    assert _equity() == [10_000.0] * 6


def test_what_comes_after_the_last_close_does_not_count() -> None:
    assert _equity(_opened(14)) == [10_000.0] * 6


def test_a_pair_without_closes_is_no_guess() -> None:
    with pytest.raises(KeyError, match=ETH):
        _equity(_opened(9, pair=ETH))


def test_closes_are_kept_over_holes() -> None:
    known_at, close = TIMES[[1, 3]], np.array([5.0, 7.0])
    np.testing.assert_equal(last_closes(known_at, close, TIMES), [nan, 5, 5, 7, 7, 7])
    np.testing.assert_equal(last_closes(TIMES, CLOSES, TIMES), CLOSES)


def test_a_close_between_two_times_is_known_at_the_later() -> None:
    known_at = np.array([TIMES[0] - 5, TIMES[1] + 5, TIMES[2], TIMES[5] + 5])
    found = last_closes(known_at, np.array([1.0, 2, 3, 4]), TIMES)
    np.testing.assert_equal(found, [1, 1, 3, 3, 3, 3])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@drawn(lives())
def test_at_every_close_it_is_the_account_s_own_equity(life: Life) -> None:
    """Whatever candles, strategies and the operator do: late candles, parts, resets, shortfalls."""
    account, times, worth = Account("main"), [], []
    told: list[tuple[int, list[AccountFact]]] = []
    waiting: list[AccountFact] = []
    closes: dict[str, list[float]] = {pair: [] for pair in PAIRS}
    for step, chapter in zip(life.steps, life.chapters, strict=True):
        fold(account, chapter)
        waiting += chapter
        if isinstance(step, Closed) and step.period.timeframe == life.beginning.frame:
            times.append(to_ms(step.period.closed_at))
            told.append((times[-1], waiting))
            waiting = []
            with localcontext(MONEY):
                worth.append(float(equity(account, step.period)))
            for pair, known in closes.items():
                price = last_price(step.period, pair)
                known.append(nan if price is None else float(price))
    curve = curve_of(
        told,
        {pair: np.array(known) for pair, known in closes.items()},
        np.array(times),
        life.beginning.capital,
    )
    np.testing.assert_allclose(curve.equity, worth, rtol=1e-11, atol=1e-8)
