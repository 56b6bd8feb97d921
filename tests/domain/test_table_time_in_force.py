"""How long an order waits, and which candle is its first."""

import msgspec

from domain.account.facts import CashAdjusted, OrderPlaced
from domain.account.terms import Terms
from tests.domain.tables import LEAVING, TRADE, Facts, Row, check, order, table
from tests.scenario import D, at, enter, exit_order

ONE_HOUR, TWO_HOURS = order(limit=D(98)), order(limit=D(98), valid_for=2)
THREE_HOURS = order(limit=D(98), valid_for=3)
IOC = order(limit=D(98), valid_for=3, time_in_force="ioc")
FOK = order(limit=D(98), valid_for=3, time_in_force="fok")
IOC_STOP_LIMIT = order(trigger=D(102), limit=D(101), valid_for=3, time_in_force="ioc")
SHORT_OF_CASH = [CashAdjusted(at(9), "main", 7, "operator", "test", D(-9_000), D(1_000))]
FIVE_MINUTES = "100 101 99 100, 101 102 100 101, 102 103 101 102, 103 104 102 103, 104 105 103 104"
NEVER = "100 101 99 100"


def late_exit() -> Facts:
    """An exit order of 09:00 that was only decided at 09:20."""
    signal, placed = exit_order(placed=at(9))
    assert isinstance(placed, OrderPlaced)
    return [*TRADE, signal, msgspec.structs.replace(placed, seen_at=at(9, 20))]


IN_FORCE = [
    Row(ONE_HOUR, NEVER, "OrderExpired at=10:00", "one period of the strategy, and it is over"),
    Row(ONE_HOUR, "100 101 97 99", "OrderFilled at=10:00; TradeOpened",
        "its last candle may fill it to the end"),
    Row(TWO_HOURS, f"{NEVER}, {NEVER}", "OrderExpired at=11:00", "it waits until its time is over"),
    Row(THREE_HOURS, f"{NEVER}, {NEVER}, 100 101 97 100", "OrderFilled at=12:00; TradeOpened",
        "it fills in the third of three candles"),
    Row(TWO_HOURS, f"{NEVER}, {NEVER}, 97 98 96 97", "OrderExpired at=11:00",
        "it is gone when its price comes"),
    Row(order(), "-", "OrderExpired at=10:00", "no candle came in its time"),
    Row(IOC, f"{NEVER}, 100 101 97 100", "OrderExpired at=10:00",
        "ioc: the first candle only, though it might wait"),
    Row(IOC, "100 101 97 100", "OrderFilled price=98; TradeOpened", "ioc: filled in its candle"),
    Row(IOC, "-, 100 101 97 100", "OrderFilled at=11:00; TradeOpened",
        "ioc: the first traded candle, be it later"),
    Row(IOC, "97 97 97 97 0, 97 98 96 97", "OrderFilled price=97 at=10:00; TradeOpened",
        "ioc: a flat candle without volume is not traded"),
    Row(IOC, "-, -, -", "OrderExpired at=12:00", "ioc: without candles until its time is over"),
    Row(IOC_STOP_LIMIT, "100 103 99 102, 100 101 99 100",
        "OrderTriggered at=10:00; OrderExpired at=10:00",
        "ioc: triggered and not filled, it expires with its candle"),
    Row(FOK, NEVER, "OrderExpired at=10:00", "fok: what is not reached expires as ioc does"),
    Row(FOK, "100 101 97 100", "OrderFilled quantity=10; TradeOpened", "fok: filled in whole"),
    Row([*order(time_in_force="fok"), *SHORT_OF_CASH], "101 102 100 101",
        "OrderCancelled reason=not_in_whole at=09:00 purpose=enter",
        "fok: cash for a part only"),
    Row([*order(), *SHORT_OF_CASH], "101 102 100 101",
        "OrderFilled quantity=9.88122 fee=1.99600644; TradeOpened cash=0.00077356",
        "gtd: what the cash buys, 1000 / 101.202"),
    Row([*order(), *SHORT_OF_CASH], "99 100 98 99", "OrderFilled quantity=10; TradeOpened",
        "gtd: a better open needs no cut"),
    Row(LEAVING, "-, -, 104 105 103 104", "OrderFilled at=11:00; TradeClosed",
        "an exit waits until it fills"),
    Row([], "-, -, 97 98 96 97",
        "SignalRaised; OrderPlaced valid_until=12:00 time_in_force=gtd; OrderFilled at=11:00; "
        "TradeOpened",
        "the account's valid_for", Terms(valid_for=3), asks=enter(limit=D(98))),
    Row([], "-, -",
        "SignalRaised; OrderPlaced valid_until=11:00; OrderExpired at=11:00",
        "the signal's own valid_for wins", Terms(valid_for=3),
        asks=enter(limit=D(98), valid_for=2)),
    Row([], f"{NEVER}, {NEVER}",
        "SignalRaised; OrderPlaced valid_until=12:00 time_in_force=ioc; OrderExpired at=10:00",
        "the account's time in force", Terms(valid_for=3, time_in_force="ioc"),
        asks=enter(limit=D(98))),
]  # fmt: skip

SEEN = [
    Row(order(seen_at=at(9, 20)), FIVE_MINUTES, "OrderFilled price=104 at=09:20; TradeOpened",
        "decided at 09:20: no candle that had closed by then", frame="5m"),
    Row(order(seen_at=at(9, 19)), FIVE_MINUTES, "OrderFilled price=103 at=09:15; TradeOpened",
        "decided at 09:19: the candle of that moment counts from its open", frame="5m"),
    Row(order(seen_at=at(9)), FIVE_MINUTES, "OrderFilled price=100 at=09:00; TradeOpened",
        "decided at once: the first candle", frame="5m"),
    Row(order(seen_at=at(9, 20)), NEVER, "OrderFilled price=100 at=09:00; TradeOpened",
        "decided at 09:20, with candles of an hour"),
    Row(order(limit=D(98), time_in_force="ioc", seen_at=at(9, 10)),
        "97 98 96 97, 97 98 96 97, 99 100 97 98, 97 98 96 97",
        "OrderFilled price=98 at=09:15; TradeOpened",
        "ioc: its first candle is the first that it may have", frame="5m"),
    Row(late_exit(), FIVE_MINUTES, "OrderFilled price=100 at=09:00; TradeClosed",
        "an exit leaves at its own price, however late it was seen", frame="5m"),
]  # fmt: skip


@table(IN_FORCE)
def test_how_long_an_order_waits(row: Row) -> None:
    check(row)


@table(SEEN)
def test_nobody_enters_in_the_past(row: Row) -> None:
    check(row)
