"""Reasons for doubt: each where it applies, and not a hair before."""

from collections.abc import Sequence

import pytest

from domain.account.facts import TradeClosed
from domain.account.state import Trade
from domain.performance.metrics import Metrics, measure
from domain.performance.warnings import ResultWarning, warnings_of
from tests.domain.performance.closed import closed, curve, trades_of
from tests.scenario import LONG_TRADE, OPENED, D, at, given

SOUND = ["1", "-0.5"] * 15
"""Thirty trades without any reason for doubt."""


def _measured(trades: Sequence[TradeClosed], open_trades: Sequence[Trade] = ()) -> Metrics:
    return measure(
        trades, curve(100, 101), capital=D(100), first=at(0), last=at(48), open_trades=open_trades
    )


def _codes(found: list[ResultWarning]) -> list[str]:
    return [each.code for each in found]


def test_thirty_trades_of_like_size_raise_no_doubt() -> None:
    found = warnings_of(_measured(trades_of(*SOUND)), parameters=3, warm_up=30, candles=31)
    assert found == []


def test_fewer_than_thirty_trades_are_few() -> None:
    (warning,) = warnings_of(_measured(trades_of(*SOUND[1:])))
    assert (warning.code, warning.numbers) == ("few_trades", {"trades": 29, "enough": 30})
    assert warning.says == (
        "29 trades closed; with fewer than 30, chance decides most of the result."
    )


@pytest.mark.parametrize(("best", "warned"), [("13.5", True), ("13.4", False)])
def test_one_trade_makes_the_profit_where_it_is_half_of_it(best: str, warned: bool) -> None:
    """The others earn 13.5."""
    found = warnings_of(_measured(trades_of(*["1", "-0.5"] * 27, best)))
    assert ("one_trade" in _codes(found)) == warned


def test_without_a_net_profit_no_trade_makes_it() -> None:
    assert _codes(warnings_of(_measured(trades_of("10", *["-1"] * 30)))) == []


def test_one_trade_s_warning_names_it() -> None:
    (warning,) = warnings_of(_measured(trades_of(*SOUND, "500")))
    assert warning.numbers == {"trade": 31, "profit": D(500), "net_profit": D("507.5")}
    assert warning.says == (
        "One trade, number 31 in BTC/USDT, made 500, where the net profit is 507.5."
    )


@pytest.mark.parametrize(("parameters", "warned"), [(0, False), (3, False), (4, True)])
def test_ten_trades_are_wanted_for_each_parameter(parameters: int, warned: bool) -> None:
    found = warnings_of(_measured(trades_of(*SOUND)), parameters=parameters)
    assert _codes(found) == ["many_parameters"] * warned


@pytest.mark.parametrize(
    ("warm_up", "candles", "warned"),
    [(30, 31, False), (30, 30, True), (30, 0, True), (0, 0, False), (30, None, False)],
)
def test_a_period_must_be_longer_than_the_warm_up(
    warm_up: int, candles: int | None, warned: bool
) -> None:
    found = warnings_of(_measured(trades_of(*SOUND)), warm_up=warm_up, candles=candles)
    assert _codes(found) == ["short_period"] * warned


@pytest.mark.parametrize(("profit", "warned"), [("-2.5", True), ("-2.4", False)])
def test_a_tenth_of_what_was_won_and_lost_is_much_for_ambiguous_candles(
    profit: str, warned: bool
) -> None:
    """The others won 15 and lost 7.5."""
    trades = [*trades_of(*SOUND), closed(profit, ambiguous=True)]
    assert _codes(warnings_of(_measured(trades))) == ["ambiguous"] * warned


def test_open_trades_are_told_of() -> None:
    open_trades = list(given(OPENED, LONG_TRADE).account.trades.values())
    (warning,) = warnings_of(_measured(trades_of(*SOUND), open_trades))
    assert (warning.code, warning.numbers) == ("open_trades", {"open_trades": 1})
    assert warning.says.startswith("1 trade still open at the end")


def test_a_result_without_trades_is_told_to_say_nothing() -> None:
    assert _codes(warnings_of(_measured([]), parameters=1)) == ["few_trades", "many_parameters"]
