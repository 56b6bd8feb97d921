"""The windows of a walk-forward."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.walking.windows import NoWindow, Window, windows


def test_rolling_windows_train_as_long_each_and_trade_all_that_is_left() -> None:
    assert windows(0, 10, 4, 2, anchored=False) == [
        Window(0, 4, 6), Window(2, 6, 8), Window(4, 8, 10),
    ]  # fmt: skip


def test_anchored_windows_train_on_all_that_was() -> None:
    assert windows(0, 10, 4, 3, anchored=True) == [Window(0, 4, 7), Window(0, 7, 10)]


def test_the_last_test_may_be_shorter() -> None:
    assert windows(0, 9, 4, 3, anchored=False)[-1] == Window(3, 7, 9)


def test_candles_that_do_not_outlast_a_training_are_refused() -> None:
    with pytest.raises(NoWindow, match="training"):
        windows(0, 4, 4, 2, anchored=False)


@given(
    st.integers(0, 50), st.integers(1, 30), st.integers(1, 20), st.integers(1, 100), st.booleans()
)
def test_tests_never_overlap_and_no_training_has_seen_its_test(
    since: int, train: int, test: int, more: int, anchored: bool
) -> None:
    until = since + train + more
    found = windows(since, until, train, test, anchored=anchored)
    assert all(each.since + train <= each.turn < each.until for each in found)
    assert all(before.until == after.turn for before, after in pairwise(found))
    assert (found[0].turn, found[-1].until) == (since + train, until)
    assert all(
        (each.since == since) if anchored else (each.turn - each.since == train) for each in found
    )
