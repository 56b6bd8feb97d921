"""Stop entries and stop-limits: triggered at the open, within the candle, or not at all."""

from domain.account.terms import ExitPlan
from tests.domain.tables import Row, check, fills, order, table
from tests.scenario import D

STOP = order(trigger=D(102))
TIGHT = order(trigger=D(102), stop=None, target=None, exits=ExitPlan(D("0.5")))
ABOVE = order(trigger=D(102), limit=D(103))
ABOVE_TWICE = order(trigger=D(102), limit=D(103), valid_for=2)
SAME = order(trigger=D(102), limit=D(102))
BELOW = order(trigger=D(102), limit=D(101))
BELOW_TWICE = order(trigger=D(102), limit=D(101), valid_for=2)
SHORT = order(trigger=D(98), side="short", stop=D(105), target=D(90))
SHORT_LIMIT = order(trigger=D(98), limit=D(97), side="short", stop=D(105), target=D(90))
TOUCH = fills(touch=True)

STOPS = [
    Row(STOP, "100 101.99 99 101", "OrderExpired at=10:00", "the trigger is not reached"),
    Row(STOP, "100 102 99 101",
        "OrderFilled price=102 at=10:00; TradeOpened entry_price=102 ambiguous=no",
        "touching the trigger counts"),
    Row(STOP, "102 103 101 102", "OrderFilled price=102 at=09:00; TradeOpened",
        "opened on the trigger"),
    Row(STOP, "104 105 103 104", "OrderFilled price=104 at=09:00; TradeOpened entry_price=104",
        "gapped over the trigger: the open, never the trigger"),
    Row(STOP, "100 105 94 103",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed ambiguous=yes",
        "the low may have come before the trigger: the stop is only possible, and counts"),
    Row(STOP, "100 105 94 95",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=no; TradeClosed ambiguous=no",
        "the close is after the fill: the stop is certain"),
    Row(STOP, "100 111 99 105",
        "OrderFilled; TradeOpened ambiguous=no; TargetHit price=110 at=10:00; "
        "TradeClosed entry_price=102 ambiguous=no",
        "on its way up to the high it came through the trigger: the target is certain"),
    Row(STOP, "100 111 94 105",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed ambiguous=yes",
        "stop possible, target certain: the stop all the same"),
    Row(STOP, "100 111 93 94",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed ambiguous=yes",
        "stop certain, target not credited: nobody knows which was first"),
    Row(STOP, "111 112 109 111",
        "OrderFilled price=111; TradeOpened; TargetHit target=110 price=111 at=09:00; "
        "TradeClosed entry_price=111 exit_price=111",
        "gapped over its target: entered and left at the open"),
    Row(STOP, "103 104 94 100",
        "OrderFilled price=103; TradeOpened; StopHit price=95 ambiguous=no; TradeClosed",
        "filled at the open: the low came after, the stop is certain"),
]  # fmt: skip

STOP_LIMITS = [
    Row(ABOVE, "100 101 97 100", "OrderExpired at=10:00",
        "below its trigger the limit means nothing"),
    Row(ABOVE, "100 104 99 102", "OrderFilled price=102 at=10:00; TradeOpened",
        "triggered below its limit: filled at the trigger"),
    Row(SAME, "100 103 99 102", "OrderFilled price=102 at=10:00; TradeOpened",
        "trigger and limit at one price: filled there"),
    Row(ABOVE, "102.5 104 101 103", "OrderFilled price=102.5 at=09:00; TradeOpened",
        "opened between trigger and limit"),
    Row(ABOVE, "103 104 101 102", "OrderFilled price=103 at=10:00; TradeOpened",
        "opened on the limit: traded through later"),
    Row(ABOVE, "103 104 101 102", "OrderFilled price=103 at=09:00; TradeOpened",
        "opened on the limit, and a touch is enough", TOUCH),
    Row(ABOVE, "105 106 102 104", "OrderFilled price=103 at=10:00; TradeOpened ambiguous=no",
        "gapped over the limit and came back to it"),
    Row(ABOVE, "105 111 102 104", "OrderFilled price=103; TradeOpened ambiguous=yes",
        "came back to the limit: the high may have been before"),
    Row(ABOVE_TWICE, "105 106 104 105, 104 105 102 103",
        "OrderTriggered trigger=102 at=10:00; OrderFilled price=103 at=11:00; TradeOpened",
        "gapped over the limit: it waits there"),
    Row(ABOVE, "105 106 104 105", "OrderTriggered; OrderExpired at=10:00",
        "gapped over the limit for ever"),
    Row(ABOVE, "100 105 94 103",
        "OrderFilled; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed",
        "filled at the trigger as a stop is: the low may have come before"),
    Row(BELOW_TWICE, "100 103 99 102, 102 103 100.5 102",
        "OrderTriggered trigger=102 at=10:00; OrderFilled price=101 at=11:00; TradeOpened",
        "the low may have come before the trigger: it waits, and fills in the next candle"),
    Row(BELOW, "100 103 99 100", "OrderFilled price=101 at=10:00; TradeOpened ambiguous=no",
        "closed below the limit: the price came back for certain"),
    Row(BELOW, "100 103 99 101", "OrderTriggered; OrderExpired",
        "closed on the limit: only a touch"),
    Row(BELOW, "100 103 99 101", "OrderFilled price=101 at=10:00; TradeOpened",
        "closed on the limit, and a touch is enough", TOUCH),
    Row(BELOW_TWICE, "100 103 99 102, 100 101 99 100",
        "OrderTriggered at=10:00; OrderFilled price=100 at=10:00; TradeOpened",
        "triggered, the next candle opens beyond the limit"),
    Row(BELOW_TWICE, "100 103 99 102, 101.5 101.8 100 101",
        "OrderTriggered; OrderFilled price=101 at=11:00; TradeOpened",
        "once triggered it needs no trigger again"),
    Row(BELOW_TWICE, "100 103 99 102, 102 103 101 102", "OrderTriggered; OrderExpired at=11:00",
        "triggered once, and said once"),
    Row(BELOW, "103 104 100 102", "OrderFilled price=101 at=10:00; TradeOpened",
        "triggered at the open, and the whole candle is a limit's"),
    Row(BELOW, "103 104 94 96",
        "OrderFilled price=101; TradeOpened; StopHit price=95 ambiguous=no; TradeClosed",
        "triggered at the open: the low came after the fill"),
    Row(BELOW, "100 103 94 100",
        "OrderFilled price=101; TradeOpened; StopHit price=95 ambiguous=yes; TradeClosed",
        "triggered within: the low may have come before"),
    Row(BELOW, "100 103 93 94",
        "OrderFilled price=101; TradeOpened; StopHit price=95 ambiguous=no; TradeClosed",
        "triggered within, closed below the stop: certain"),
    Row(BELOW, "100 111 99 100", "OrderFilled price=101; TradeOpened ambiguous=yes",
        "triggered within: the high may have come before"),
]  # fmt: skip

COSTS = [
    Row(STOP, "100 103 99 102", "OrderFilled price=102.11 fee=2.0422 slippage=1.1; TradeOpened",
        "a stop slips: 102.102 is rounded up", fills(10)),
    Row(STOP, "100 102.5 99 102", "OrderFilled price=102.5 slippage=5; TradeOpened",
        "a stop within the candle stays in it: 103.02 was not traded", fills(100)),
    Row(STOP, "104 104.5 103 104", "OrderFilled price=105.04 slippage=10.4; TradeOpened",
        "a stop that was gapped may be worse than the candle", fills(100)),
    Row(TIGHT, "100 104 99 103",
        "OrderFilled price=103.02; TradeOpened stop=102.52; "
        "StopHit stop=102.52 price=101.49 ambiguous=no; TradeClosed",
        "the trigger came after slippage's stop was set: it is hit for certain", fills(100)),
    Row(ABOVE, "100 105 99 104", "OrderFilled price=102.51 fee=2.0502 slippage=5.1; TradeOpened",
        "a stop-limit slips from its trigger", fills(50)),
    Row(ABOVE, "100 105 99 104", "OrderFilled price=103 slippage=10; TradeOpened",
        "104.04 is beyond the limit: it slips to the limit", fills(200)),
    Row(ABOVE, "102.5 104 101 103", "OrderFilled price=103 fee=2.06 slippage=5; TradeOpened",
        "at the open it slips to the limit too: 103.02", fills(50)),
    Row(SAME, "100 103 99 102", "OrderFilled price=102 slippage=0; TradeOpened",
        "where the trigger is the limit nothing can slip", fills(100)),
    Row(BELOW, "100 103 99 100", "OrderFilled price=101 fee=1.01 slippage=0; TradeOpened",
        "filled as a limit within the candle: the maker's fee and no slippage", fills(100)),
    Row(ABOVE, "105 106 102 104", "OrderFilled price=103 fee=1.03 slippage=0; TradeOpened",
        "come back to the limit: the maker's fee and no slippage", fills(100)),
    Row(BELOW_TWICE, "100 103 99 102, 100 101 99 100",
        "OrderTriggered; OrderFilled price=100 fee=2 slippage=0; TradeOpened",
        "a plain limit at the next open: the taker's fee and no slippage", fills(100)),
    Row(SHORT, "100 101 97 98", "OrderFilled price=97.02 fee=1.9404 slippage=9.8; TradeOpened",
        "a short's stop slips down", fills(100)),
    Row(SHORT, "96 97 95.5 96", "OrderFilled price=95.04 slippage=9.6; TradeOpened",
        "a short's stop that was gapped may be worse than the candle", fills(100)),
    Row(SHORT_LIMIT, "100 101 95 96", "OrderFilled price=97 slippage=10; TradeOpened",
        "a short's slip ends at its limit: 96.04", fills(200)),
]  # fmt: skip


@table(STOPS)
def test_a_stop_fills_when_the_price_comes_up_to_it(row: Row) -> None:
    check(row)


@table(STOP_LIMITS)
def test_a_stop_limit_is_triggered_and_then_a_limit(row: Row) -> None:
    check(row)


@table(COSTS)
def test_what_a_stop_order_costs(row: Row) -> None:
    check(row)
