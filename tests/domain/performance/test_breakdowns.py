"""Closed trades by market, exit reason, month and side."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from domain.account.facts import TradeClosed
from domain.performance.breakdowns import Cut, breakdowns_of
from domain.performance.tally import tally_of
from tests.domain.performance.closed import CLOSED, closed
from tests.scenario import BTC, ETH, D, at

TRADES = [
    closed("30", pair=ETH, side="short", reason="target"),
    closed("-10", pair=BTC, reason="stop", exited=at(0) + timedelta(days=31, seconds=-1)),
    closed("5", pair=BTC, reason="target", exited=at(0) + timedelta(days=31)),
]


def test_a_cut_counts_trades_profit_wins_and_fees() -> None:
    found = breakdowns_of(TRADES)
    assert found.by_market == (Cut(BTC, 2, D(-5), 0.5, D(6)), Cut(ETH, 1, D(30), 1.0, D(3)))
    assert found.by_exit_reason == (
        Cut("stop", 1, D(-10), 0.0, D(3)),
        Cut("target", 2, D(35), 1.0, D(6)),
    )
    assert found.by_side == (Cut("long", 2, D(-5), 0.5, D(6)), Cut("short", 1, D(30), 1.0, D(3)))


def test_the_month_is_that_of_the_exit_in_utc() -> None:
    january, february = breakdowns_of(TRADES).by_month
    assert (january.name, january.trades) == ("2024-01", 2)
    assert (february.name, february.trades) == ("2024-02", 1)


def test_no_trades_have_no_cuts() -> None:
    found = breakdowns_of([])
    assert not any(getattr(found, name) for name in found.__struct_fields__)


@given(some.lists(CLOSED, max_size=30))
def test_the_cuts_of_a_kind_add_up_to_all_trades(trades: list[TradeClosed]) -> None:
    found, tally = breakdowns_of(trades), tally_of(trades)
    for kind in found.__struct_fields__:
        cuts: tuple[Cut, ...] = getattr(found, kind)
        assert [cut.name for cut in cuts] == sorted({cut.name for cut in cuts})
        assert sum(cut.trades for cut in cuts) == tally.trades
        assert sum((cut.net_profit for cut in cuts), D(0)) == tally.net_profit
        assert sum((cut.fees for cut in cuts), D(0)) == tally.fees
        assert round(sum(cut.win_rate * cut.trades for cut in cuts)) == tally.wins
