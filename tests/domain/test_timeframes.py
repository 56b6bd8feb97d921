"""Timeframes cut market time into periods."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.timeframes import UnknownTimeframe, span_of, timeframe
from domain.times import from_ms, to_ms


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("1m", 1), ("15m", 15), ("1h", 60), ("4h", 240), ("1d", 1_440), ("1w", 10_080)],
)
def test_a_timeframe_has_a_length(name: str, minutes: int) -> None:
    assert timeframe(name).ms == minutes * 60_000
    assert timeframe(name).span == timedelta(minutes=minutes)
    assert span_of(name, 3) == timedelta(minutes=3 * minutes)


@pytest.mark.parametrize("name", ["", "h", "0h", "1", "1M", "-1h", "1.5h", "1 h", "01h", "１h"])
def test_another_name_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(UnknownTimeframe, match="such as 1m, 15m, 4h, 1d or 1w"):
        timeframe(name)


@pytest.mark.parametrize(
    ("name", "opens"),
    [
        ("1m", datetime(2024, 5, 16, 13, 47, tzinfo=UTC)),
        ("15m", datetime(2024, 5, 16, 13, 45, tzinfo=UTC)),
        ("4h", datetime(2024, 5, 16, 12, tzinfo=UTC)),
        ("1d", datetime(2024, 5, 16, tzinfo=UTC)),
        ("1w", datetime(2024, 5, 13, tzinfo=UTC)),
    ],
)
def test_a_moment_lies_in_the_period_that_opened_before_it(name: str, opens: datetime) -> None:
    thursday = datetime(2024, 5, 16, 13, 47, 30, tzinfo=UTC)
    assert from_ms(timeframe(name).open_of(to_ms(thursday))) == opens


def test_weeks_open_on_mondays() -> None:
    for day in range(0, 20_000, 13):
        opens = from_ms(timeframe("1w").open_of(day * 86_400_000))
        assert opens.weekday() == 0
        assert 0 <= day * 86_400_000 - to_ms(opens) < timeframe("1w").ms


def test_a_period_opens_at_its_own_first_moment() -> None:
    monday = to_ms(datetime(2024, 5, 13, tzinfo=UTC))
    assert timeframe("1w").open_of(monday) == monday
    assert timeframe("1w").open_of(monday - 1) == monday - timeframe("1w").ms


def test_milliseconds_and_datetimes_are_one_time() -> None:
    moment = datetime(2024, 5, 16, 13, 47, 30, 250_000, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment
