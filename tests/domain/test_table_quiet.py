"""Periods in which nothing was traded, whatever shape an exchange gives them."""

import pytest

from domain.account.terms import ExitPlan
from tests.domain.tables import LEAVING, TRADE, Row, check, order, table
from tests.scenario import D, at, open_trade

SHAPES = {
    "no candle": "-",
    "flat below": "94 94 94 94 0",
    "flat between": "100 100 100 100 0",
    "flat above": "120 120 120 120 0",
}
TRAILED = open_trade(entered=at(8), target=None, exits=ExitPlan(trail_distance=D(5)))
EVENED = open_trade(entered=at(8), target=None, exits=ExitPlan(break_even_distance=D(4)))
TIMED = open_trade(entered=at(8), exits=ExitPlan(time_stop=2))
LAST = "100 101 99 100"

QUIET = [
    Row(order(valid_for=2), "quiet, 101 102 100 101", "OrderFilled price=101 at=10:00; TradeOpened",
        "a market order waits for a trade"),
    Row(order(), "quiet", "OrderExpired at=10:00", "the time of an order goes on"),
    Row(order(limit=D(98), valid_for=2), f"quiet, {LAST}", "OrderExpired at=11:00",
        "no limit is reached"),
    Row(order(trigger=D(102), valid_for=2), f"quiet, {LAST}", "OrderExpired at=11:00",
        "no stop entry is reached"),
    Row(order(trigger=D(102), limit=D("99.5"), valid_for=2), f"quiet, {LAST}",
        "OrderExpired at=11:00", "no stop-limit is triggered"),
    Row(order(limit=D(98), valid_for=2, time_in_force="ioc"), "quiet, 97 98 96 97",
        "OrderFilled price=97 at=10:00; TradeOpened",
        "an ioc order has not had its candle"),
    Row(TRADE, f"quiet, {LAST}", "", "neither stop nor target is hit"),
    Row(TRADE, "quiet, 100 101 94 96", "StopHit price=95 at=11:00; TradeClosed",
        "the levels hold on"),
    Row(LEAVING, "quiet, 104 105 103 104", "OrderFilled price=104 at=10:00; TradeClosed",
        "an exit waits for a trade"),
    Row(TRAILED, "quiet", "", "a trailing stop does not move"),
    Row(EVENED, "quiet", "", "no stop moves to break-even"),
    Row(TIMED, "quiet, 104 105 103 104",
        "OrderPlaced reason=time at=10:00; OrderFilled price=104 at=10:00; TradeClosed",
        "the time of a trade goes on: its exit is ordered, and waits for a trade"),
    Row(TRADE, "quiet", "", "a strategy moves no stop", trail="97"),
]  # fmt: skip

TRADED = [
    Row(TRADE, "94 94 94 94", "StopHit price=94 at=09:00; TradeClosed",
        "flat, but with volume: it was traded"),
    Row(TRADE, "100 101 94 96 0", "StopHit price=95 at=10:00; TradeClosed",
        "not flat, though the exchange says no volume: it was traded"),
    Row(order(), "101 101 101 101", "OrderFilled price=101; TradeOpened",
        "an entry fills in a flat candle with volume"),
    Row(TRAILED, "120 120 120 120", "StopMoved stop=115 ambiguous=no",
        "a stop trails a flat candle with volume"),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@table(QUIET)
def test_a_quiet_period_fills_stops_and_moves_nothing(row: Row, shape: str) -> None:
    check(row._replace(candles=row.candles.replace("quiet", shape)))


@table(TRADED)
def test_a_period_is_quiet_only_if_it_is_flat_and_without_volume(row: Row) -> None:
    check(row)
