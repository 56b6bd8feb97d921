"""Shorts: the mirror of longs, and the backing that ends at twice the entry."""

import msgspec

from domain.account.facts import OrderPlaced
from tests.domain import (
    test_table_exits,
    test_table_limits,
    test_table_moving_stops,
    test_table_stop_orders,
)
from tests.domain.tables import Facts, Row, check, fills, mirrored, order, table
from tests.scenario import D, at, exit_order, open_trade

LONGS = [
    *test_table_exits.LEVELS,
    *test_table_limits.LIMITS,
    *test_table_stop_orders.STOPS,
    *test_table_stop_orders.STOP_LIMITS,
    *test_table_moving_stops.TRAILING,
    *test_table_moving_stops.BREAK_EVEN,
    *test_table_moving_stops.TIME,
]


def short(stop: str = "", target: str = "") -> Facts:
    """A short of 10, entered at 100 at 08:00 for a fee of 2."""
    return open_trade(
        entered=at(8),
        side="short",
        stop=D(stop) if stop else None,
        target=D(target) if target else None,
    )


def leaving() -> Facts:
    """A short whose exit was ordered at 09:00."""
    signal, placed = exit_order(placed=at(9))
    assert isinstance(placed, OrderPlaced)
    return [*short(), signal, msgspec.structs.replace(placed, side="short")]


BACKING = [
    Row(short(), "150 199.99 140 180", "", "short of twice the entry"),
    Row(short(), "150 200 140 180",
        "StopHit stop=200 price=200 kind=backing fee=4 slippage=0 ambiguous=no at=10:00; "
        "TradeClosed exit_price=200 exit_reason=backing profit=-1006 shortfall=4 cash=8994",
        "touched: closed there, and the fee is not covered"),
    Row(short(), "210 220 205 215",
        "StopHit stop=200 price=210 kind=backing fee=4.2 at=09:00; "
        "TradeClosed exit_reason=backing profit=-1106.2 shortfall=104.2 cash=8893.8",
        "gapped: closed at the open, and what is missing is recorded"),
    Row(short(), "150 205 140 180", "StopHit price=200 slippage=0; TradeClosed shortfall=4",
        "no slippage where the backing ends", fills(100)),
    Row(short(), "210 220 205 215", "StopHit price=210 slippage=0; TradeClosed shortfall=104.2",
        "no slippage at the open either", fills(100)),
    Row(short("220"), "150 225 140 180",
        "StopHit stop=200 price=200 kind=backing; TradeClosed exit_reason=backing",
        "a stop beyond it holds nothing"),
    Row(short("200"), "150 200 140 180",
        "StopHit stop=200 price=200 kind=stop; TradeClosed exit_reason=stop shortfall=4",
        "a stop that stands there is a stop"),
    Row(short("199"), "150 200 140 190",
        "StopHit price=199 kind=stop fee=3.98; TradeClosed exit_reason=stop shortfall=0",
        "a stop before it leaves a little: 10 - 3.98"),
    Row(short("199.9"), "150 200 140 190",
        "StopHit price=199.9 fee=3.998; TradeClosed shortfall=2.998",
        "the fee alone may be more than what is left: 1 - 3.998"),
    Row(short("105"), "210 220 205 215",
        "StopHit stop=105 price=210 kind=stop; TradeClosed exit_reason=stop shortfall=104.2",
        "a stop that was gapped over both may leave a shortfall"),
    Row(short("105"), "210 220 205 215",
        "StopHit price=212.1 fee=4.242; TradeClosed shortfall=125.242",
        "and slips, as a stop does", fills(100)),
    Row(short("", "90"), "150 201 89 150",
        "StopHit price=200 kind=backing ambiguous=yes; TradeClosed ambiguous=yes",
        "the target was possible too: the worse, and nobody knows"),
    Row(leaving(), "230 240 220 235",
        "OrderFilled price=230 fee=4.6; TradeClosed exit_reason=signal shortfall=304.6",
        "an exit order comes before it, whatever it costs"),
    Row(order(side="short", stop=None, target=None), "100 200 99 150",
        "OrderFilled; TradeOpened cash=8998; StopHit price=200 kind=backing; TradeClosed",
        "in the candle of the entry as well"),
    Row(order(side="short", limit=D(102), stop=None, target=None), "100 204 99 150",
        "OrderFilled; TradeOpened; StopHit stop=204 price=204 ambiguous=no; TradeClosed",
        "twice the limit that filled it: the high came after, for certain"),
    Row(order(side="short", trigger=D(98), stop=None, target=None), "100 196 97 150",
        "OrderFilled; TradeOpened; StopHit stop=196 price=196 ambiguous=yes; TradeClosed",
        "twice the trigger that filled it: the high may have come before"),
    Row(short("105", "90"), "100 106 99 104",
        "StopHit fee=2.1; TradeClosed fees=4.1 profit=-54.1 cash=9945.9 shortfall=0",
        "a short's stop: what it backed comes back, less the loss"),
    Row(short("105", "90"), "100 101 89 92",
        "TargetHit fee=0.9; TradeClosed fees=2.9 profit=97.1 cash=10097.1",
        "a short's target: what it backed comes back, and the profit"),
]  # fmt: skip


@table([mirrored(row) for row in LONGS])
def test_a_short_is_the_mirror_of_a_long(row: Row) -> None:
    check(row)


@table(BACKING)
def test_the_backing_of_a_short_ends_at_twice_the_entry(row: Row) -> None:
    check(row)
