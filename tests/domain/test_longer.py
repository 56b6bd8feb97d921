"""Candles of a longer timeframe, put together from shorter ones, and seen from their close on."""

import numpy as np
import pytest

from domain.candles import Candles, Floats
from domain.longer import NotLonger, as_seen, periods_in, put_together
from domain.strategies.evaluate import value_of
from domain.strategies.strategy import Indicator
from domain.timeframes import timeframe

QUARTER, HOUR = timeframe("15m"), timeframe("1h")
NOON = 1_704_110_400_000  # 2024-01-01 12:00 UTC


def quarters(*minutes: int) -> Candles:
    """Candles that open so many minutes after noon; the one of minute m closes at 100 + m."""
    times = NOON + np.array(minutes, dtype=np.int64) * 60_000
    close = 100.0 + np.array(minutes)
    return Candles(times, close - 1, close + 2, close - 3, close, np.full(len(close), 2.0))


def closes(indicator: Indicator, candles: Candles) -> Floats:
    """An engine that gives back the close."""
    return candles.close


def test_a_longer_candle_opens_with_its_first_and_closes_with_its_last() -> None:
    hours = put_together(quarters(0, 15, 30, 45, 60), HOUR)
    assert hours.open_time.tolist() == [NOON, NOON + HOUR.ms]
    assert hours.open.tolist() == [99.0, 159.0]
    assert hours.high.tolist() == [147.0, 162.0]
    assert hours.low.tolist() == [97.0, 157.0]
    assert hours.close.tolist() == [145.0, 160.0]
    assert hours.volume.tolist() == [8.0, 2.0]


def test_a_first_candle_that_may_lack_its_beginning_is_left_out() -> None:
    assert put_together(quarters(15, 30, 45, 60), HOUR).open_time.tolist() == [NOON + HOUR.ms]
    assert len(put_together(quarters(15, 30), HOUR)) == 0
    assert len(put_together(Candles.none(), HOUR)) == 0


def test_quiet_quarters_leave_the_hour_as_it_was_traded() -> None:
    hours = put_together(quarters(0, 30, 75, 90), HOUR)
    assert hours.open.tolist() == [99.0, 174.0]
    assert hours.close.tolist() == [130.0, 190.0]


def test_an_hour_is_seen_from_its_close_on_not_before() -> None:
    candles = quarters(0, 15, 30, 45, 60, 75, 90, 105, 120)
    seen = value_of(Indicator("close", timeframe="1h"), candles, QUARTER, closes)
    assert np.isnan(seen[:3]).all()
    assert seen[3:].tolist() == [145.0, 145.0, 145.0, 145.0, 205.0, 205.0]


def test_an_hour_whose_last_quarter_was_quiet_is_seen_at_the_next_candle() -> None:
    candles = quarters(0, 15, 30, 60, 75)
    seen = value_of(Indicator("close", timeframe="1h"), candles, QUARTER, closes)
    assert np.isnan(seen[:3]).all()
    assert seen[3:].tolist() == [130.0, 130.0]


def test_where_no_hour_is_over_nothing_is_seen() -> None:
    seen = as_seen(np.empty(0), np.empty(0, dtype=np.int64), HOUR, quarters(0, 15).open_time)
    assert np.isnan(seen).all()


def test_what_is_seen_does_not_depend_on_later_candles() -> None:
    candles = quarters(*range(15, 15 * 60, 15))
    asked = Indicator("close", timeframe="4h")
    whole = value_of(asked, candles, QUARTER, closes)
    for count in range(len(candles)):
        part = value_of(asked, candles[:count], QUARTER, closes)
        assert np.array_equal(part, whole[:count], equal_nan=True)


def test_a_week_is_put_together_from_its_monday_on() -> None:
    day, week = timeframe("1d"), timeframe("1w")
    monday = 1_704_067_200_000  # 2024-01-01
    times = monday + np.arange(-3, 9, dtype=np.int64) * day.ms
    close = np.arange(12.0)
    weeks = put_together(Candles(times, close, close, close, close, close), week)
    assert weeks.open_time.tolist() == [monday, monday + week.ms]
    assert weeks.close.tolist() == [9.0, 11.0]


@pytest.mark.parametrize(("longer", "shorter"), [("1h", "1h"), ("15m", "1h"), ("1h", "25m")])
def test_a_timeframe_that_is_not_made_of_whole_periods_is_refused(
    longer: str, shorter: str
) -> None:
    with pytest.raises(NotLonger, match=f"{longer} is not longer than {shorter}, or cuts it"):
        periods_in(timeframe(longer), timeframe(shorter))
