"""Sums and averages of closed trades, by hand and in fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.account.facts import TradeClosed
from domain.performance.tally import Tally, TradeProfit, tally_of
from tests.domain.performance.closed import CLOSED, closed, trades_of
from tests.scenario import BTC, D, at


def test_five_trades_are_counted_by_hand() -> None:
    """+30, -10, -20, 0, +15: net 15, fees 3 each."""
    found = tally_of(trades_of("30", "-10", "-20", "0", "15"))
    assert (found.trades, found.wins, found.losses) == (5, 2, 2)
    assert (found.net_profit, found.gross_profit, found.fees) == (D(15), D(30), D(15))
    assert (found.won, found.lost, found.slippage) == (D(45), D(30), D(5))
    assert (found.profit_factor, found.win_rate) == (1.5, 0.4)
    assert (found.expectancy, found.average_win, found.average_loss) == (D(3), D("22.5"), D(-15))
    assert found.best_trade == TradeProfit(1, BTC, at(10), D(30))
    assert found.worst_trade == TradeProfit(3, BTC, at(10), D(-20))
    assert found.longest_losing_streak == 2
    assert found.average_duration == 3600.0


def test_no_trades_leave_averages_open() -> None:
    found = tally_of([])
    assert (found.trades, found.net_profit, found.longest_losing_streak) == (0, D(0), 0)
    assert _open_figures(found) == [
        "profit_factor", "win_rate", "expectancy", "expectancy_r", "average_win", "average_loss",
        "best_trade", "worst_trade", "average_duration", "ambiguous_share",
    ]  # fmt: skip


def test_all_losses_have_a_profit_factor_of_zero() -> None:
    found = tally_of(trades_of("-1", "-2", "-3"))
    assert (found.profit_factor, found.win_rate, found.longest_losing_streak) == (0.0, 0.0, 3)
    assert (found.average_win, found.average_loss) == (None, D(-2))
    assert found.best_trade == TradeProfit(1, BTC, at(10), D(-1))


def test_all_wins_have_no_profit_factor() -> None:
    found = tally_of(trades_of("1", "2"))
    assert (found.profit_factor, found.win_rate, found.longest_losing_streak) == (None, 1.0, 0)


def test_a_trade_without_profit_is_neither_won_nor_lost_and_ends_a_streak() -> None:
    found = tally_of(trades_of("-1", "0", "-1"))
    assert (found.wins, found.losses, found.longest_losing_streak) == (0, 2, 1)
    assert tally_of(trades_of("0")).ambiguous_share is None


def test_of_equal_trades_the_first_is_the_best() -> None:
    found = tally_of(trades_of("1", "1"))
    assert found.best_trade == found.worst_trade == TradeProfit(1, BTC, at(10), D(1))


def test_sums_are_exact_whatever_the_size() -> None:
    found = tally_of(trades_of("100000000000000000000", "0.00000000000000000001"))
    assert found.net_profit == D("100000000000000000000.00000000000000000001")


def test_expectancy_in_r_is_of_trades_that_have_a_risk() -> None:
    trades = [closed(r_multiple=D(2)), closed(r_multiple=D("-0.5")), closed(r_multiple=None)]
    assert tally_of(trades).expectancy_r == 0.75


def test_profit_on_ambiguous_trades_counts_without_its_sign() -> None:
    trades = [closed("60"), closed("-30", ambiguous=True), closed("10", ambiguous=True)]
    found = tally_of(trades)
    assert (found.ambiguous_trades, found.ambiguous_profit) == (2, D(-20))
    assert found.ambiguous_share == 0.4


def test_an_old_fact_s_duration_is_that_between_its_moments() -> None:
    trades = [closed(duration=60), closed(entered=at(9), exited=at(11))]
    assert tally_of(trades).average_duration == (60 + 7200) / 2


@given(some.lists(CLOSED, min_size=1, max_size=30))
def test_a_tally_is_that_of_fractions(trades: list[TradeClosed]) -> None:
    profits = [Fraction(trade.profit) for trade in trades]
    wins, losses = [p for p in profits if p > 0], [p for p in profits if p < 0]
    found = tally_of(trades)
    assert Fraction(found.net_profit) == sum(profits)
    assert Fraction(found.gross_profit) == sum(profits) + sum(Fraction(t.fees) for t in trades)
    assert (Fraction(found.won), Fraction(found.lost)) == (sum(wins), -sum(losses))
    assert found.win_rate == len(wins) / len(trades)
    assert float(found.expectancy or 0) == pytest.approx(float(sum(profits) / len(trades)))
    if losses:
        assert found.profit_factor == pytest.approx(float(sum(wins) / -sum(losses)))
    assert found.longest_losing_streak == _streak(profits)
    assert found.best_trade is not None
    assert Fraction(found.best_trade.profit) == max(profits)


def _streak(profits: list[Fraction]) -> int:
    """The longest span of which every profit is negative."""
    spans = ((start, end) for end in range(len(profits) + 1) for start in range(end))
    return max((b - a for a, b in spans if all(p < 0 for p in profits[a:b])), default=0)


def _open_figures(tally: Tally) -> list[str]:
    return [name for name in tally.__struct_fields__ if getattr(tally, name) is None]
