"""How good the best of many looks when none is any good."""

import numpy as np
import pytest

from application.sweeping.luck import expected_best_sharpe


def test_the_best_of_many_without_skill_is_about_as_good_as_expected() -> None:
    chance = np.random.default_rng(3)
    drawn = chance.normal(0, 0.5, (2_000, 100))
    expected = [expected_best_sharpe(each.tolist()) for each in drawn[:200]]
    assert np.mean([each for each in expected if each]) == pytest.approx(
        drawn.max(axis=1).mean(), rel=0.02
    )


def test_the_more_are_tried_the_better_the_luckiest_looks() -> None:
    few = expected_best_sharpe([0.5, -0.5] * 5)
    many = expected_best_sharpe([0.5, -0.5] * 500)
    assert few is not None
    assert many is not None
    assert many > 1.5 * few


def test_one_try_has_no_luckiest() -> None:
    assert expected_best_sharpe([1.5]) is None
    assert expected_best_sharpe([]) is None
