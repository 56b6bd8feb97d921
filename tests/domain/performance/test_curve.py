"""An equity curve between its points."""

import numpy as np
import pytest

from domain.performance.curve import EquityCurve
from tests.domain.performance.closed import points


def test_equity_is_known_from_its_close_on() -> None:
    curve = points((10, 1.0), (20, 2.0), (30, 3.0))
    assert curve.known_at(np.array([10, 19, 20, 99])).tolist() == [1.0, 1.0, 2.0, 3.0]


def test_a_part_of_it_begins_behind_a_moment_and_ends_at_another() -> None:
    curve = points((10, 1.0), (20, 2.0), (30, 3.0))
    assert curve.between(10, 30).at.tolist() == [20, 30]
    assert curve.between(30, 99).equity.tolist() == []


def test_a_curve_begins_with_what_there_was_at_first() -> None:
    begun = points((10, 1.0), (20, 2.0), (30, 3.0)).begun(10, 5.0)
    assert begun.at.tolist() == [10, 20, 30]
    assert begun.equity.tolist() == [5.0, 2.0, 3.0]
    assert begun.begun(0, 7.0).at.tolist() == [0, 10, 20, 30]


def test_a_curve_without_points_is_its_beginning() -> None:
    begun = points().begun(10, 5.0)
    assert (begun.at.tolist(), begun.equity.tolist()) == ([10], [5.0])


def test_moments_and_equity_are_of_one_length() -> None:
    with pytest.raises(ValueError, match=r"2,.*3,"):
        EquityCurve(np.zeros(2, np.int64), np.zeros(3))
