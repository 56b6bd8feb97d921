"""Exact decimals: one text for each number, and rounding to an exchange's steps."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.values import (
    decimal_text,
    exact,
    round_down,
    round_to_ceiling,
    round_to_floor,
    twelve_digits,
)

D = Decimal
NUMBERS = some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)


@pytest.mark.parametrize("text", ["1.5", "1.50", "15e-1", "0.15e1", "1.500000000"])
def test_equal_numbers_have_one_text(text: str) -> None:
    assert decimal_text(D(text)) == "1.5"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("-0.00", "0"),
        ("0E-8", "0"),
        ("1E+3", "1000"),
        ("1e-9", "0.000000001"),
        ("100", "100"),
        ("-2.50", "-2.5"),
    ],
)
def test_a_number_s_text_has_no_exponent_and_no_trailing_zero(number: str, text: str) -> None:
    assert decimal_text(D(number)) == text


@given(NUMBERS)
def test_a_number_is_read_back_from_its_text(number: Decimal) -> None:
    assert D(decimal_text(number)) == number


@given(some.integers(1, 10**15 - 1), some.integers(-12, 3))
def test_a_double_gives_back_a_price_of_fifteen_digits(digits: int, exponent: int) -> None:
    price = D(digits).scaleb(exponent)
    assert exact(float(price)) == price


def test_an_indicator_value_has_twelve_significant_digits() -> None:
    assert decimal_text(twelve_digits(1 / 3)) == "0.333333333333"
    assert decimal_text(twelve_digits(123456.7890125)) == "123456.789012"


@given(NUMBERS, some.sampled_from([D("0.01"), D("0.00001"), D("0.5"), D(1), D(10), D("0.25")]))
def test_rounding_stays_on_its_side_within_one_step(number: Decimal, step: Decimal) -> None:
    below, above, down = (
        rounded(number, step) for rounded in (round_to_floor, round_to_ceiling, round_down)
    )
    assert below <= number <= above
    assert above - below in (0, step)
    assert down == (below if number >= 0 else above)
    assert all(price % step == 0 for price in (below, above, down))


@pytest.mark.parametrize("round_", [round_down, round_to_floor, round_to_ceiling])
@pytest.mark.parametrize("number", ["1e300", "-123456789012345e60"])
def test_a_number_too_large_for_a_step_stays_as_it_is(
    round_: Callable[[Decimal, Decimal], Decimal], number: str
) -> None:
    assert round_(D(number), D("0.01")) == D(number)
