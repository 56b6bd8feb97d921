"""How lines are drawn: curves, steps, and nothing where there is nothing."""

import numpy as np
import pytest

from adapters.charts.content import ChartContent, ChartGap, ChartLine
from adapters.charts.lines import path_of
from adapters.charts.scale import Plot
from domain.candles import Candles, Floats
from tests.adapters.indicators.series import HOUR

NAN = float("nan")
CLOSES = np.full(6, 50.0)


def test_a_curve_goes_through_the_middle_of_each_period() -> None:
    assert pieces([10, 20, 30, 40, 50, 60]) == [
        [(5, 10), (15, 20), (25, 30), (35, 40), (45, 50), (55, 60)]
    ]


def test_a_curve_is_broken_where_there_is_no_value_and_a_lone_one_is_a_dash() -> None:
    assert pieces([10, 20, NAN, 40, NAN, NAN]) == [[(5, 10), (15, 20)], [(30, 40), (40, 40)]]


def test_a_level_is_drawn_as_steps_over_its_periods() -> None:
    assert pieces([10, 10, 10, 14, 14, 14]) == [[(0, 10), (30, 10), (30, 14), (60, 14)]]


def test_a_level_that_leaps_to_the_other_side_of_the_price_is_two() -> None:
    assert pieces([10, 10, 10, 90, 90, 90]) == [[(0, 10), (30, 10)], [(30, 90), (60, 90)]]


def test_a_level_that_is_gone_for_a_while_is_two() -> None:
    assert pieces([10, 10, NAN, 10, 10, 10]) == [[(0, 10), (20, 10)], [(30, 10), (60, 10)]]


def test_a_line_goes_on_over_quiet_periods_whether_they_are_missing_or_flat() -> None:
    assert pieces([10, 20, NAN, 40, 50, 60], quiet=[2]) == [
        [(5, 10), (15, 20), (35, 40), (45, 50), (55, 60)]
    ]
    assert pieces([10, 20, 30], times=[0, 1, 5]) == [[(5, 10), (15, 20), (55, 30)]]


def test_a_line_is_broken_at_a_gap_and_at_a_hole_that_no_window_bridges() -> None:
    assert pieces([10, 20, 30, 40], times=[0, 1, 4, 5], gaps=[ChartGap(2 * HOUR, 4 * HOUR)]) == [
        [(5, 10), (15, 20)], [(45, 30), (55, 40)],
    ]  # fmt: skip
    assert len(pieces([10, 20, 30, 40], times=[0, 1, 40, 41])) == 2


@pytest.mark.parametrize("values", [[], [NAN, NAN]])
def test_a_line_without_values_is_not_drawn(values: list[float]) -> None:
    assert pieces(values) == []


def pieces(
    values: list[float],
    *,
    times: list[int] | None = None,
    quiet: list[int] | None = None,
    gaps: list[ChartGap] | None = None,
) -> list[list[tuple[float, float]]]:
    """The pieces of a line on a plot where a period is 10 wide and y is the value."""
    count = len(values)
    opens = np.arange(count, dtype=np.int64) if times is None else np.array(times, dtype=np.int64)
    volume = np.ones(count)
    volume[quiet or []] = 0
    flat = CLOSES[:count]
    candles = Candles(opens * HOUR, flat, flat, flat, flat, volume)
    content = ChartContent("binance", "BTC/USDT", "1h", candles, gaps=gaps or [])
    plot = Plot(0, 0, 60, 100, 0, 6 * HOUR, 100, 0)
    return _split(path_of(plot, content, ChartLine("x", np.array(values, dtype=np.float64))))


def _split(path: Floats) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in path.T.tolist():
        if np.isnan(x):
            found.append([])
        else:
            found[-1].append((round(x, 6), round(y, 6)))
    return [piece for piece in found if piece]
