"""A share of the candle's volume: entries are cut, exits go on in parts. Bands beside it."""

from domain.account.terms import BANDS, ExitPlan, Terms
from tests.domain.tables import LEAVING, TRADE, Row, check, fills, order, table
from tests.scenario import D, at, open_trade

TENTH = fills(share="0.1")
SLIPPING = fills(100, share="0.1")
BUY = order()
FOK, IOC = order(valid_for=2, time_in_force="fok"), order(valid_for=2, time_in_force="ioc")
SHORT = open_trade(entered=at(8), side="short", stop=None, target=None)
TRAILED = open_trade(entered=at(8), target=None, exits=ExitPlan(trail_distance=D(5)))
SMALL_STOP = "StopHit quantity=4 price=95; TradeReduced quantity=4 left=6 price=95"

ENTRIES = [
    Row(BUY, "100 101 99 100 100", "OrderFilled quantity=10; TradeOpened",
        "a tenth of the volume is enough", TENTH),
    Row(BUY, "100 101 99 100 50, 100 101 99 100 500",
        "OrderFilled quantity=5 fee=1; TradeOpened quantity=5 cash=9499",
        "half of it fills, the rest is dropped", TENTH),
    Row(BUY, "100 101 99 100 12.34567", "OrderFilled quantity=1.23456; TradeOpened",
        "1.234567 is rounded down to the lot", TENTH),
    Row(order(limit=D(98)), "100 101 97 99 30", "OrderFilled quantity=3 price=98; TradeOpened",
        "a limit is cut as well", TENTH),
    Row(order(valid_for=2), "100 101 99 100 0.4, 102 103 101 102 200",
        "OrderFilled quantity=10 price=102 at=10:00; TradeOpened",
        "0.04 is less than the exchange takes: it waits", TENTH),
    Row(BUY, "100 101 99 100 0.5", "OrderFilled quantity=0.05; TradeOpened",
        "0.05 is just what the exchange takes", TENTH),
    Row(BUY, "100 101 99 100 0.4", "OrderExpired at=10:00", "it waits to the end of its time",
        TENTH),
    Row(IOC, "100 101 99 100 50", "OrderFilled quantity=5; TradeOpened",
        "ioc takes what it gets", TENTH),
    Row(IOC, "100 101 99 100 0.4", "OrderExpired at=10:00", "ioc does not wait for more", TENTH),
    Row(FOK, "100 101 99 100 50", "OrderCancelled reason=not_in_whole at=09:00",
        "fok is cancelled where it would be cut", TENTH),
    Row(FOK, "100 101 99 100 0.4", "OrderCancelled reason=not_in_whole",
        "fok is cancelled where the volume is next to nothing", TENTH),
    Row(FOK, "100 101 99 100 100", "OrderFilled quantity=10; TradeOpened", "fok fills in whole",
        TENTH),
]  # fmt: skip

EXITS = [
    Row(LEAVING, "104 105 103 104 40, 106 107 105 106 100",
        "OrderPartlyFilled quantity=4 left=6 price=104 fee=0.832 at=09:00; "
        "TradeReduced quantity=4 left=6 price=104 cash=9413.168; "
        "OrderFilled quantity=6 price=106 fee=1.272 at=10:00; "
        "TradeClosed quantity=10 part=6 exit_price=105.2 exit_reason=signal fees=4.104 "
        "profit=47.896 cash=10047.896",
        "an exit order fills in two parts, at their average", TENTH),
    Row(LEAVING, "104 105 103 104 0.4", "OrderPartlyFilled quantity=0.04 left=9.96; TradeReduced",
        "an exit takes what an entry would not", TENTH),
    Row(LEAVING, "104 105 103 104 0.00005, 106 107 105 106 100",
        "OrderFilled quantity=10 price=106; TradeClosed exit_price=106",
        "less than a lot: it waits in whole", TENTH),
    Row(LEAVING, "104 105 94 95 40", "OrderPartlyFilled left=6; TradeReduced",
        "the candle that filled a part does not stop the rest", TENTH),
    Row(TRADE, "100 101 94 96 40, 93 94 92 93 100",
        f"{SMALL_STOP}; OrderPlaced purpose=exit quantity=6 reason=stop at=10:00; "
        "OrderFilled quantity=6 price=93 at=10:00; "
        "TradeClosed exit_price=93.8 exit_reason=stop part=6",
        "a stop in parts: the rest at the next open", TENTH),
    Row(TRADE, "90 96 88 92 40, 93 94 92 93 100",
        "StopHit quantity=4 price=90 at=09:00; TradeReduced; OrderPlaced quantity=6 at=10:00; "
        "OrderFilled quantity=6 price=93 at=10:00; TradeClosed exit_price=91.8",
        "a stop that was gapped, in parts: a candle gives its share once", TENTH),
    Row(TRADE, "100 111 99 109 40, 108 109 107 108 100",
        "TargetHit quantity=4 price=110 fee=0.44; TradeReduced; OrderPlaced reason=target; "
        "OrderFilled quantity=6 price=108 fee=1.296; "
        "TradeClosed exit_price=108.8 exit_reason=target fees=3.736 profit=84.264",
        "a target in parts: the rest is a market order", TENTH),
    Row(TRADE, "100 101 94 96 40, 93 111 80 85 10, 84 85 83 84 100",
        f"{SMALL_STOP}; OrderPlaced; OrderPartlyFilled quantity=1 left=5 price=93; "
        "TradeReduced quantity=1 left=5; OrderFilled quantity=5 price=84; "
        "TradeClosed exit_price=89.3",
        "stop and target are not judged while the rest waits", TENTH),
    Row(TRADE, "100 101 94 96 40, -, 93 94 92 93 100",
        f"{SMALL_STOP}; OrderPlaced; OrderFilled price=93 at=11:00; TradeClosed",
        "the rest waits for a candle", TENTH),
    Row(TRADE, "100 101 94 96 0.00005, 93 94 92 93 100",
        "StopHit quantity=0; OrderPlaced quantity=10 reason=stop; "
        "OrderFilled quantity=10 price=93; TradeClosed exit_price=93 exit_reason=stop",
        "a stop that gets nothing is hit all the same", TENTH),
    Row(TRADE, "100 101 90 96 40, 93 94 91 93 100",
        "StopHit price=94.05 slippage=3.8; TradeReduced; OrderPlaced; "
        "OrderFilled price=92.07 slippage=5.58; TradeClosed exit_price=92.862 slippage=9.38",
        "each part slips in its own candle", SLIPPING),
    Row(BUY, "100 101 94 96 50",
        "OrderFilled quantity=5; TradeOpened; StopHit quantity=5 price=95; TradeClosed",
        "entry and stop in one candle: each fill has its share", TENTH),
    Row(TRAILED, "100 108 94 100 40",
        f"{SMALL_STOP}; OrderPlaced quantity=6",
        "a stop that was hit, in part, trails no more", TENTH),
    Row(SHORT, "150 200 140 180 1",
        "StopHit kind=backing quantity=10 price=200; TradeClosed exit_reason=backing part=10",
        "where the backing ends, all of it is closed", TENTH),
]  # fmt: skip

OPTIMISTIC, REALISTIC, PESSIMISTIC = (
    Terms(fills=BANDS[name]) for name in ("optimistic", "realistic", "pessimistic")
)
IN_BANDS = [
    Row(BUY, "100 101 99 100 1", "OrderFilled quantity=10 price=100; TradeOpened", "plain"),
    Row(order(limit=D(98)), "100 101 98 99 1", "OrderFilled quantity=10 price=98; TradeOpened",
        "optimistic", OPTIMISTIC),
    Row(BUY, "100 101 99 100 50", "OrderFilled quantity=5 price=100.05; TradeOpened",
        "realistic", REALISTIC),
    Row(BUY, "100 101 99 100 100", "OrderFilled quantity=2 price=100.3; TradeOpened",
        "pessimistic", PESSIMISTIC),
]  # fmt: skip


@table(ENTRIES)
def test_an_entry_is_cut_by_volume(row: Row) -> None:
    check(row)


@table(EXITS)
def test_an_exit_goes_on_in_parts(row: Row) -> None:
    check(row)


@table(IN_BANDS)
def test_a_band_says_how_much_doubt_is_taken_in(row: Row) -> None:
    check(row)
