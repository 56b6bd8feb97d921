"""Limits: the price must come through them, and a candle does not tell what came after."""

from domain.account.terms import ExitPlan
from tests.domain.tables import Row, check, fills, order, table
from tests.scenario import D

LIMIT = order(limit=D(98))
TWICE = order(limit=D(98), valid_for=2)
WITH_DISTANCE = order(limit=D(98), stop=None, target=None, exits=ExitPlan(D(3)))
SHORT = order(limit=D(102), side="short", stop=D(105), target=D(90))
TOUCH = fills(touch=True)

LIMITS = [
    Row(LIMIT, "100 101 98.01 100", "OrderExpired at=10:00", "the limit is not reached"),
    Row(LIMIT, "100 101 98 99", "OrderExpired at=10:00",
        "only touched: others may have been first"),
    Row(LIMIT, "100 101 97.99 99",
        "OrderFilled price=98 slippage=0 at=10:00; TradeOpened entry_price=98 ambiguous=no",
        "traded through by a tick: filled at the limit, dated at the close"),
    Row(LIMIT, "100 101 98 99", "OrderFilled price=98 at=10:00; TradeOpened",
        "touched, and the setting takes that", TOUCH),
    Row(LIMIT, "97 101 96 99", "OrderFilled price=97 at=09:00; TradeOpened entry_price=97",
        "an open below the limit is the better price"),
    Row(LIMIT, "98 101 98 99", "OrderExpired at=10:00", "an open at the limit is only a touch"),
    Row(LIMIT, "98 101 97 99", "OrderFilled price=98 at=10:00; TradeOpened",
        "opened at the limit, traded through later"),
    Row(LIMIT, "98 101 98 99", "OrderFilled price=98 at=09:00; TradeOpened",
        "opened at the limit, and a touch is enough", TOUCH),
    Row(TWICE, "100 101 99 100, 99 100 97 98", "OrderFilled price=98 at=11:00; TradeOpened",
        "it waits for its price"),
    Row(LIMIT, "100 112 94 109",
        "OrderFilled price=98; TradeOpened ambiguous=yes; StopHit price=95 ambiguous=yes at=10:00; "
        "TradeClosed exit_price=95 exit_reason=stop ambiguous=yes",
        "the stop is certain, the target not credited: its high may have come before"),
    Row(LIMIT, "100 105 94 109",
        "OrderFilled; TradeOpened ambiguous=no; StopHit price=95 ambiguous=no; "
        "TradeClosed ambiguous=no",
        "the low comes after the fill: the stop is certain"),
    Row(LIMIT, "100 112 97 109", "OrderFilled price=98; TradeOpened ambiguous=yes",
        "the target was possible: the trade stays open with the mark"),
    Row(LIMIT, "100 112 97 109, 105 111 104 108",
        "OrderFilled; TradeOpened ambiguous=yes; TargetHit price=110 at=11:00; "
        "TradeClosed exit_reason=target ambiguous=yes",
        "the mark is carried to the end"),
    Row(LIMIT, "100 112 97 110",
        "OrderFilled; TradeOpened ambiguous=no; TargetHit price=110 at=10:00; "
        "TradeClosed exit_reason=target ambiguous=no",
        "the close is after the fill: the target is certain"),
    Row(LIMIT, "100 112 95 111",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed ambiguous=yes",
        "stop and target both: the stop, and nobody knows"),
    Row(LIMIT, "97 99 94 96",
        "OrderFilled price=97; TradeOpened; StopHit price=95 ambiguous=no at=10:00; "
        "TradeClosed entry_price=97 exit_price=95",
        "filled at the open: the whole candle came after"),
    Row(LIMIT, "97 112 96 100",
        "OrderFilled price=97; TradeOpened ambiguous=no; TargetHit price=110; "
        "TradeClosed ambiguous=no",
        "filled at the open: the high came after, the target is certain"),
    Row(LIMIT, "97 112 94 100",
        "OrderFilled price=97; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed",
        "filled at the open: both levels, as for any open trade"),
    Row(LIMIT, "90 96 89 95",
        "OrderFilled price=90 at=09:00; TradeOpened stop=95; StopHit stop=95 price=90 at=09:00; "
        "TradeClosed entry_price=90 exit_price=90 ambiguous=no",
        "opened beyond the limit and the stop: entered and stopped at the open"),
    Row(WITH_DISTANCE, "97 101 96 99", "OrderFilled price=97; TradeOpened stop=94 target=none",
        "a stop relative to the fill is measured from the open that filled it"),
    Row(WITH_DISTANCE, "100 101 96 99", "OrderFilled price=98; TradeOpened stop=95",
        "a stop relative to the fill is measured from the limit that filled it"),
]  # fmt: skip

COSTS = [
    Row(LIMIT, "100 101 97 99", "OrderFilled price=98 fee=0.98; TradeOpened cash=9019.02",
        "reached within the candle: the maker's fee"),
    Row(LIMIT, "97 101 96 99", "OrderFilled price=97 fee=1.94; TradeOpened cash=9028.06",
        "filled at the open: the taker's fee"),
    Row(LIMIT, "100 101 97 99", "OrderFilled price=98 slippage=0; TradeOpened",
        "a limit does not slip", fills(100, "0.5")),
    Row(LIMIT, "97 101 96 99", "OrderFilled price=97 slippage=0; TradeOpened",
        "a limit does not slip at the open either", fills(100, "0.5")),
    Row(SHORT, "100 103 99 101", "OrderFilled price=102 fee=1.02; TradeOpened cash=8978.98",
        "a short's limit within the candle: the maker's fee, and all of it set aside"),
    Row(SHORT, "103 104 99 101", "OrderFilled price=103 fee=2.06 slippage=0; TradeOpened",
        "a short's limit at the open: the taker's fee, no slippage", fills(100, "0.5")),
    Row(LIMIT, "100 112 97 110",
        "OrderFilled; TradeOpened; TargetHit; TradeClosed best=110 worst=98 duration=0",
        "of the candle of an entry within it nothing counts but entry and exit"),
]  # fmt: skip


@table(LIMITS)
def test_a_limit_fills_when_the_price_comes_through_it(row: Row) -> None:
    check(row)


@table(COSTS)
def test_what_a_limit_costs(row: Row) -> None:
    check(row)
