"""Numbers, times and codes in words."""

from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from adapters.reports import words
from domain.account.facts import ExitReason
from tests.scenario import D, at
from web.pages.words import REASONS


def read(text: str) -> str:
    """A text with a plain minus and plain spaces."""
    return text.replace("\u2212", "-").replace("\u202f", " ")


def test_every_reason_and_every_exit_has_its_words() -> None:
    assert words.REASONS.keys() == REASONS.keys()
    assert words.EXIT_REASONS.keys() == set(get_args(ExitReason))
    assert words.in_words("one_of_tomorrow", words.REASONS) == "one of tomorrow"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1234567.891", "+1 234 567.89"), ("-0.5", "-0.50"), ("0", "0.00"), ("-0.001", "0.00"),
        ("0.004", "0.00"),
    ],
)  # fmt: skip
def test_money_has_its_sign_unless_it_is_nothing(amount: str, said: str) -> None:
    assert read(words.money(D(amount), signed=True)) == said


@pytest.mark.parametrize(
    ("capital", "places"), [("10000000", 2), ("1000", 2), ("1", 5), ("0.5", 6), ("0", 2)]
)
def test_dear_money_has_more_decimals(capital: str, places: int) -> None:
    assert words.places_for(D(capital)) == places


@pytest.mark.parametrize(
    ("share", "said"), [(0.1234, "12.3 %"), (-0.5, "-50.0 %"), (12.5, "1 250.0 %"), (None, "–")]
)
def test_shares_are_percent(share: float | None, said: str) -> None:
    assert read(words.percent(share)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [("64250.10", "64 250.1"), ("0.0000123456789", "0.000012345679"), ("-0.5", "-0.5")],
)
def test_prices_have_the_digits_that_count(value: str, said: str) -> None:
    assert read(words.number(D(value))) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (3_600, "1 h"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_times_are_told_in_two_units(seconds: float, said: str) -> None:
    assert read(words.span(seconds)) == said


def test_a_period_is_told_in_days_where_it_has_some() -> None:
    assert words.length(at(0), at(0) + timedelta(days=90)) == "90 days"
    assert read(words.length(at(0), at(3))) == "3 h"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (True, "yes"), (10_000, "10 000"), (0.02, "0.02"), (Decimal("1.50"), "1.5"), (None, "–"),
        ("long", "long"), ([1, 2.5], "1, 2.5"), ({"stop": 0.1}, "stop 0.1"), (1e-7, "0.0000001"),
    ],
)  # fmt: skip
def test_parameters_are_told_plainly(given: object, said: str) -> None:
    assert read(words.value(given)) == said
