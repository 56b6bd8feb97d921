"""What the checks let pass and what not, to the last digit; indicators are made up here."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import pytest

from domain.candles import Candles, Floats
from domain.strategies.checking import Checked, CheckSeries, Finding, Refused, check
from domain.strategies.strategy import Indicator, Rules, Strategy
from domain.timeframes import timeframe

HOUR = timeframe("1h")
WARM_UP = 50


class AboveLine(Strategy, frozen=True):
    """Long while closes are above a line."""

    name: ClassVar[str] = "above_line"

    def indicators(self) -> dict[str, Indicator]:
        return {"line": Indicator("Line")}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        above = candles.close > values["line"]
        return Rules(enter_long=above, exit_long=~above, stop=np.where(above, values["line"], 1.0))


class Levels(Strategy, frozen=True):
    """A level that is not always there."""

    name: ClassVar[str] = "levels"

    def indicators(self) -> dict[str, Indicator]:
        return {"level": Indicator("Line", sparse=True)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        above = candles.close > values["level"]
        return Rules(enter_long=above, exit_long=~above)


def test_values_that_agree_to_a_billionth_may_trade() -> None:
    learnt = checked(lambda candles: candles.open * (1 + 1e-11 * seed(candles)))
    assert learnt.warm_up == WARM_UP + 1
    assert learnt.warnings == ()


def test_values_that_differ_by_a_millionth_depend_on_the_beginning() -> None:
    found = finding(lambda candles: candles.open * (1 + 1e-6 * seed(candles)))
    assert (found.check, found.what) == ("warm-up", "indicator `line`")
    assert "It depends on where the history begins" in str(found)


def test_a_rule_may_turn_on_numbers_that_are_equal_but_for_rounding() -> None:
    """Every close is on the line, but for noise that depends on the beginning."""
    learnt = checked(lambda candles: candles.close * (1 + 1e-14 * (seed(candles) - 3)))
    assert learnt.entries > 0


def test_a_rule_must_not_turn_where_no_number_is_near_its_threshold() -> None:
    class Turns(AboveLine, frozen=True):
        name: ClassVar[str] = "turns"

        def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
            seventh = (np.arange(len(candles)) + seed(candles)) % 7 == 0
            return Rules(enter_long=seventh, exit_long=~seventh)

    found = finding(lambda candles: candles.open, Turns())
    assert (found.check, found.what) == ("warm-up", "rule `enter_long`")
    assert found.values in (("true", "false"), ("false", "true"))


def test_numbers_around_zero_are_measured_by_what_is_usual_for_their_line() -> None:
    learnt = checked(lambda candles: candles.close - candles.open + 1e-12 * seed(candles))
    assert learnt.warm_up == WARM_UP + 1


def test_a_warm_up_too_short_is_told_with_what_would_do() -> None:
    def slow(candles: Candles) -> Floats:
        return windowed(candles.close, 200)

    found = finding(slow)
    assert found.check == "warm-up"
    assert "no number" not in found.values
    assert "Its warm-up of 51 candles is too short: about 2" in str(found)
    assert checked(slow, measure=200).warm_up == 201


def test_a_value_that_comes_only_after_the_warm_up_is_too_late() -> None:
    found = finding(lambda candles: late(candles, 90))
    assert found.check == "warm-up"
    assert found.values[0] == "no number"
    assert "too short" in str(found)


def test_where_a_longer_history_has_no_value_it_says_nothing() -> None:
    """As where code divides by zero: no value from there on."""

    def broken(candles: Candles) -> Floats:
        at = np.flatnonzero(candles.open_time % (1_500 * HOUR.ms) == 0)
        return late(candles, 0, until=int(at[0]) if len(at) else None)

    assert any("has no value" in each for each in checked(broken).warnings)


def test_a_level_that_is_there_or_not_must_not_depend_on_the_beginning() -> None:
    def sometimes(candles: Candles) -> Floats:
        there = (candles.open_time // HOUR.ms + seed(candles)) % 5 == 0
        return np.where(there, candles.open, np.nan)

    assert finding(sometimes, Levels()).check == "warm-up"


def test_a_level_that_is_there_at_certain_times_only_may_trade() -> None:
    def sometimes(candles: Candles) -> Floats:
        return np.where(candles.open_time // HOUR.ms % 5 == 0, candles.open, np.nan)

    assert checked(sometimes, Levels()).warnings == ()


def test_a_sum_in_another_order_is_told_as_such() -> None:
    def unlike(candles: Candles) -> Floats:
        return candles.open * (1 + 2e-15 * (len(candles) % 2))

    found = finding(unlike)
    assert found.check == "ahead"
    assert "Only the last digits differ" in str(found)
    assert found.values[0] != found.values[1]


def test_what_one_later_candle_in_many_changes_is_found_where_something_is_said() -> None:
    """A single candle in 150 is entered two candles before a jump."""

    def foretold(candles: Candles) -> Floats:
        jumps = candles.open_time // HOUR.ms % 150 == 0
        soon = np.zeros(len(candles), dtype=np.bool_)
        soon[:-2] = jumps[2:]
        return np.where(soon, 0.0, 1e9)

    for cuts in (0, 200):
        found = finding(foretold, cuts=cuts)
        assert found.check == "ahead"
        assert "once the next 2 candles are known" in str(found)


def test_an_indicator_of_another_length_is_refused() -> None:
    found = finding(lambda candles: candles.close[1:])
    assert found.check == "runs"
    assert "it gives float64[" in str(found)


def test_whole_numbers_are_no_values() -> None:
    found = finding(lambda candles: candles.open_time)  # type: ignore[arg-type, return-value]
    assert "it gives int64[" in str(found)


def test_an_indicator_cannot_change_the_candles() -> None:
    def wicked(candles: Candles) -> Floats:
        candles.close[:1] = 0
        return candles.close

    assert "changes what it was given" in str(finding(wicked))


def test_where_no_warm_up_can_be_told_the_other_checks_say_why_if_they_can() -> None:
    def unsettled(indicator: Indicator) -> int:
        raise LookupError(f"{indicator} never settles")

    def ahead(candles: Candles) -> Floats:
        return np.append(candles.close[1:], candles.close[-1:])

    assert finding(ahead, measure=unsettled).check == "ahead"
    found = finding(lambda candles: candles.open, measure=unsettled)
    assert found.check == "warm-up"
    assert "Line() never settles" in str(found)


@pytest.mark.parametrize("needed", [-1, 20_001, 2.5, None])
def test_a_warm_up_is_a_bounded_number_of_candles(needed: object) -> None:
    class Own(AboveLine, frozen=True):
        name: ClassVar[str] = "own"

        def warm_up(self, frame: object, measure: object) -> int:
            return needed  # type: ignore[return-value]

    found = finding(lambda candles: candles.open, Own())
    assert (found.check, found.series, found.candle) == ("warm-up", None, None)
    assert "is not from 0 to 20,000" in str(found)


@pytest.mark.parametrize("rule", ["valid_for", "time_stop"])
@pytest.mark.parametrize("number", [0, -1, 1.5, "3"])
def test_periods_are_whole_numbers(rule: str, number: object) -> None:
    class Wrong(AboveLine, frozen=True):
        name: ClassVar[str] = "wrong"

        def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
            up = candles.close > candles.open
            return Rules(enter_long=up, exit_long=~up, **{rule: number})  # type: ignore[arg-type]

    found = finding(lambda candles: candles.open, Wrong())
    assert f"`{rule}` is {number!r}, not a whole number of periods" in str(found)


def test_a_series_too_short_for_any_signal_is_still_asked_about() -> None:
    found = finding(lambda candles: candles.close[1:], series=[market(30)])
    assert (found.check, found.series) == ("runs", "market")
    assert checked(lambda candles: candles.open, series=[market(30)]).entries == 0


def market(count: int) -> CheckSeries:
    """Prices that go up and down on no simple path, an hour apart."""
    rows = np.arange(count)
    close = 100 + 5 * np.sin(rows / 9.7) + 3 * np.sin(rows / 2.3) + np.cos(rows * rows / 7.1)
    open_ = np.concatenate((close[:1], close[:-1])) + 0.01
    high, low = np.maximum(open_, close) + 0.5, np.minimum(open_, close) - 0.5
    times = (rows + 400_037) * HOUR.ms
    return CheckSeries("market", Candles(times, open_, high, low, close, np.ones(count)))


def seed(candles: Candles) -> int:
    """A small number that depends on where candles begin."""
    return int(candles.open_time[0] // HOUR.ms % 6) if len(candles) else 0


def windowed(line: Floats, length: int) -> Floats:
    """The mean of the last so many numbers, of fewer at the beginning."""
    return np.array([line[max(0, row - length + 1) : row + 1].mean() for row in range(len(line))])


def late(candles: Candles, since: int, until: int | None = None) -> Floats:
    """Opens, on some rows only."""
    values = np.full(len(candles), np.nan)
    values[since:until] = candles.open[since:until]
    return values


def checked(
    values: Callable[[Candles], Floats],
    strategy: Strategy | None = None,
    *,
    measure: int | Callable[[Indicator], int] = WARM_UP,
    series: Sequence[CheckSeries] | None = None,
    cuts: int = 200,
) -> Checked:
    """What is learnt of a strategy whose indicator has these values."""
    return check(
        strategy or AboveLine(),
        HOUR,
        lambda _, candles: values(candles),
        measure if callable(measure) else lambda _: measure,
        lambda *_: series or [market(3_000)],
        cuts=cuts,
    )


def finding(
    values: Callable[[Candles], Floats],
    strategy: Strategy | None = None,
    *,
    measure: int | Callable[[Indicator], int] = WARM_UP,
    series: Sequence[CheckSeries] | None = None,
    cuts: int = 200,
) -> Finding:
    """Why it is refused."""
    with pytest.raises(Refused) as caught:
        checked(values, strategy, measure=measure, series=series, cuts=cuts)
    return caught.value.finding
