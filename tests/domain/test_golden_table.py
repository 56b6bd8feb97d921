"""What one candle does to a trade: the golden table of the paper market."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from domain.account.evolve import fold
from domain.account.facts import TradeOpened
from domain.account.fills import Exit, exit_of
from domain.account.state import Account, Trade
from domain.account.terms import Side
from domain.candles import Candle
from tests.scenario import (
    BTC,
    LONG_TRADE,
    OPENED,
    D,
    at,
    candle,
    entry_order,
    exit_order,
    given,
    period,
)


class Row(NamedTuple):
    """A candle, and how it ends a long trade with stop 95 and target 110."""

    prices: str
    price: str | None
    reason: str
    ambiguous: bool
    because: str


TABLE = [
    Row("100 108 96 104", None, "", False, "neither level is reached"),
    Row("100 101 95 99", "95", "stop", False, "touching a stop counts"),
    Row("100 100 80 82", "95", "stop", False, "traded through the stop"),
    Row("90 96 88 92", "90", "stop", False, "gapped: the open, never the stop"),
    Row("95 99 94 98", "95", "stop", False, "opened on the stop"),
    Row("100 110 99 109", "110", "target", False, "touching a target counts"),
    Row("115 118 112 116", "115", "target", False, "gapped: price improvement"),
    Row("100 112 94 109", "95", "stop", True, "both reached, the candle cannot tell: the worse"),
    Row("112 113 94 96", "112", "target", False, "the open came first, certain"),
]
rows = pytest.mark.parametrize("row", TABLE, ids=[row.because for row in TABLE])


@rows
def test_a_candle_ends_an_open_trade(row: Row) -> None:
    story = given(OPENED, LONG_TRADE).when(period(at(11), {BTC: row.prices}))
    if row.price is None:
        story.then_nothing()
    else:
        story.then_topics("StopHit" if row.reason == "stop" else "TargetHit", "TradeClosed")
        story.then_fact(
            "TradeClosed",
            exit_price=D(row.price),
            exit_reason=row.reason,
            ambiguous=row.ambiguous,
        )


def test_a_stop_touched_in_the_entry_candle_counts() -> None:
    (
        given(OPENED, entry_order())
        .when(period(at(10), {BTC: "100 103 94 101"}))
        .then_topics("OrderFilled", "TradeOpened", "StopHit", "TradeClosed")
        .then_fact("TradeClosed", entry_price=D(100), exit_price=D(95), exit_reason="stop")
    )


def test_an_entry_that_opens_behind_its_fixed_stop_is_entered_and_stopped_at_the_open() -> None:
    (
        given(OPENED, entry_order())
        .when(period(at(10), {BTC: "90 97 89 96"}))
        .then_topics("OrderFilled", "TradeOpened", "StopHit", "TradeClosed")
        .then_fact("StopHit", stop=D(95), price=D(90), at=at(9), ambiguous=False)
        .then_fact("TradeClosed", entry_price=D(90), exit_price=D(90), exit_reason="stop")
    )


def test_a_waiting_exit_order_comes_before_the_stop() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(11), {BTC: "90 96 88 92"}))
        .then_topics("OrderFilled", "TradeClosed")
        .then_fact("TradeClosed", exit_price=D(90), exit_reason="signal", ambiguous=False)
    )


def test_without_a_candle_orders_wait_and_nothing_is_invented() -> None:
    given(OPENED, LONG_TRADE, exit_order()).when(period(at(11))).then_nothing()


def test_without_a_candle_valid_until_still_counts() -> None:
    (
        given(OPENED, entry_order())
        .when(period(at(10)))
        .then_topics("OrderExpired")
        .then_fact("OrderExpired", at=at(10))
    )


@rows
def test_a_short_is_the_mirror_of_a_long(row: Row) -> None:
    long = exit_of(_trade("long", D(95), D(110)), candle(row.prices))
    short = exit_of(_trade("short", D(105), D(90)), _mirrored(candle(row.prices)))
    assert short == (None if long is None else _mirrored_exit(long))


def _trade(side: Side, stop: Decimal, target: Decimal) -> Trade:
    opened = TradeOpened(
        at(9), "main", 1, BTC, "cross", "1h", side, D(10), D(100), D(2), stop, target, D(8_998)
    )
    return fold(Account("main"), [opened]).trades[1]


def _mirrored(c: Candle) -> Candle:
    return c._replace(open=200 - c.open, high=200 - c.low, low=200 - c.high, close=200 - c.close)


def _mirrored_exit(end: Exit) -> Exit:
    return replace(end, price=200 - end.price, level=200 - end.level)
