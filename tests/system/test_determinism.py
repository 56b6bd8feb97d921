"""Same candles, same trades: whatever the order of answers, however often it is run."""

from typing import Any

import pytest

from tests.system.conftest import FinishedDemo
from tests.system.running import ROOT, Left, left_in, run_demo

RECORDED = ROOT.parent / "shared" / "market-data" / "binance"


def test_the_same_demo_from_scratch_leaves_the_same(
    undisturbed: FinishedDemo, database: str
) -> None:
    assert run_demo(database) == undisturbed.report
    left_in(database).assert_equals(left_in(undisturbed.url))


def test_the_order_in_which_downloads_arrive_does_not_matter(
    undisturbed: FinishedDemo, database: str
) -> None:
    assert run_demo(database, "--jitter", "20") == undisturbed.report
    left_in(database).assert_equals(left_in(undisturbed.url))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="there are no recorded candles")
def test_recorded_candles_give_the_same_twice(database: str) -> None:
    told, left = _recorded(database)
    again, left_again = _recorded(database)
    assert told["markets"] >= 20
    assert told["events"]["PeriodClosed"] == 40
    assert again == told
    left_again.assert_equals(left)


def _recorded(url: str) -> tuple[dict[str, Any], Left]:
    report = run_demo(url, "--data", str(RECORDED), periods=40)
    return report, left_in(url)
