"""What is left of a long curve: all that a picture could show of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from adapters.reports.thinning import places_to_see, seen
from domain.candles import Floats
from tests.adapters.reports.samples import random_curve

VALUES = arrays(np.float64, some.integers(1, 400), elements=some.floats(-1e9, 1e9))


@given(VALUES, some.integers(1, 50))
def test_the_highest_and_lowest_of_each_part_and_both_ends_are_left(
    values: Floats, columns: int
) -> None:
    places = places_to_see(values, columns)
    assert (places[0], places[-1]) == (0, len(values) - 1)
    assert len(places) <= 2 * columns + 2
    assert np.all(np.diff(places) > 0)
    step = 1 if len(values) <= 2 * columns else -(-len(values) // columns)
    for start in range(0, len(values), step):
        part, left = values[start : start + step], values[places[places // step == start // step]]
        assert (part.min(), part.max()) == (left.min(), left.max())


def test_a_short_curve_is_left_as_it_is() -> None:
    assert places_to_see(np.arange(10.0), 5).tolist() == list(range(10))


def test_where_only_the_highest_is_to_be_seen_it_is_one_a_column() -> None:
    values = np.sin(np.arange(10_000.0))
    places = places_to_see(values, 100, lowest=False)
    assert len(places) <= 102
    assert values[places].max() == values.max()


def test_the_deepest_drawdown_of_a_long_curve_is_kept() -> None:
    curve = random_curve(100_000)
    highest = np.maximum.accumulate(curve.equity)
    assert seen(curve).deepest == ((highest - curve.equity) / highest).max()
