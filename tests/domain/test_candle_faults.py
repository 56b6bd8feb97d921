"""Which candles cannot be, and what is said of them."""

from decimal import Decimal
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.candles import Candle, fault_of
from domain.timeframes import timeframe
from domain.values import exact

HOUR = 3_600_000
NOW = 100 * HOUR
FINE = Candle(10 * HOUR, *map(Decimal, ("100", "101.5", "99", "101", "0")))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"high": "100.9"}, "high 100.9 is below open 100 or close 101"),
        ({"low": "100.5"}, "low 100.5 is above open 100 or close 101"),
        ({"low": "0"}, "low 0 is not above zero"),
        ({"open": "-1"}, "open -1 is not above zero"),
        ({"volume": "-0.1"}, "volume -0.1 is below zero"),
        ({"close": "NaN"}, "close is NaN, not a number"),
        ({"volume": "sNaN"}, "volume is sNaN, not a number"),
        ({"high": "Infinity"}, "high is Infinity, not a number"),
        ({"volume": "1e400"}, "volume is 1E+400, not a number"),
        ({"close": "100.12345678901234567"}, "has more digits than a double holds"),
        ({"low": "1e-400"}, "has more digits than a double holds"),
    ],
)
def test_a_number_that_cannot_be_is_named(change: dict[str, str], words: str) -> None:
    numbers = {**FINE._asdict(), **{name: Decimal(text) for name, text in change.items()}}
    assert words in (fault_of(Candle(**numbers), timeframe("1h"), NOW) or "")


@pytest.mark.parametrize(
    ("open_time", "words"),
    [
        (10 * HOUR + 1, "1970-01-01T10:00:00.001000+00:00 is not the open of a 1h period"),
        (101 * HOUR + 1, "it opens in the future"),
        (10**20, "it opens in the future"),
        (-HOUR, "it opens before 1970"),
    ],
)
def test_a_time_that_cannot_be_is_named(open_time: int, words: str) -> None:
    fault = fault_of(FINE._replace(open_time=open_time), timeframe("1h"), NOW)
    assert words in (fault or "")


def test_what_trades_or_stands_still_is_no_fault() -> None:
    flat = FINE._replace(high=FINE.open, low=FINE.open, close=FINE.open)
    assert fault_of(FINE, timeframe("1h"), NOW) is None
    assert fault_of(flat, timeframe("1h"), NOW) is None


def test_a_clock_may_be_behind_by_a_period() -> None:
    assert fault_of(FINE._replace(open_time=101 * HOUR), timeframe("1h"), NOW) is None


def test_weeks_open_on_mondays() -> None:
    monday = 4 * 24 * HOUR
    assert fault_of(FINE._replace(open_time=monday), timeframe("1w"), NOW) is None
    assert fault_of(FINE._replace(open_time=0), timeframe("1w"), NOW) is not None


some_number = some.one_of(
    some.decimals(allow_nan=True, allow_infinity=True),
    some.decimals(min_value=-2, max_value=200, places=2),
    some.sampled_from([Decimal(text) for text in ("0", "1e-301", "1e301", "100", "101")]),
)


@settings(max_examples=300, deadline=None, database=None)
@given(some.tuples(*[some_number] * 5))
def test_what_is_told_quickly_is_true(numbers: tuple[Decimal, ...]) -> None:
    candle = Candle(0, *numbers)
    fault = fault_of(candle, timeframe("1h"), NOW)
    prices = numbers[:4]
    possible = (
        all(number.is_finite() and isfinite(float(number)) for number in numbers)
        and all(exact(float(price)) == price > 0 for price in prices)
        and candle.volume >= 0
        and max(prices) == candle.high
        and min(prices) == candle.low
    )
    assert (fault is None) == possible
