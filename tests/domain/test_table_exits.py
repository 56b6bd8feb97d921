"""Stops and targets: which is hit, at which price, and what it costs."""

from domain.account.terms import ExitPlan, Terms
from tests.domain.tables import LEAVING, TRADE, Row, check, fills, order, table
from tests.scenario import D, at, enter, open_trade

BUY = order()
CENTS = order(quantity=D("0.1231"))
BARE = open_trade(entered=at(8), stop=None, target=None)
ONLY_STOP = open_trade(entered=at(8), target=None)
ONLY_TARGET = open_trade(entered=at(8), stop=None)
SHORT = open_trade(entered=at(8), side="short", stop=D(105), target=D(90))
ACCOUNT = Terms(exits=ExitPlan(stop_rate=D("0.1"), target_rate=D("0.2")))

LEVELS = [
    Row(TRADE, "100 108 96 104", "", "neither level is reached"),
    Row(TRADE, "100 101 95 99",
        "StopHit stop=95 price=95 kind=stop ambiguous=no at=10:00; "
        "TradeClosed exit_price=95 exit_reason=stop ambiguous=no at=10:00",
        "touching a stop counts"),
    Row(TRADE, "100 100 80 82", "StopHit price=95; TradeClosed exit_price=95",
        "traded through the stop"),
    Row(TRADE, "90 96 88 92", "StopHit stop=95 price=90 at=09:00; TradeClosed exit_price=90",
        "gapped: the open, never the stop"),
    Row(TRADE, "95 99 94 98", "StopHit price=95 at=09:00; TradeClosed", "opened on the stop"),
    Row(TRADE, "100 110 99 109",
        "TargetHit target=110 price=110 at=10:00; "
        "TradeClosed exit_price=110 exit_reason=target ambiguous=no",
        "touching a target counts"),
    Row(TRADE, "115 118 112 116",
        "TargetHit target=110 price=115 at=09:00; TradeClosed exit_price=115",
        "gapped over the target: a better price"),
    Row(TRADE, "110 111 94 96", "TargetHit price=110 at=09:00; TradeClosed ambiguous=no",
        "opened on the target"),
    Row(TRADE, "100 112 94 109",
        "StopHit price=95 ambiguous=yes; TradeClosed exit_reason=stop ambiguous=yes",
        "both were reached and the candle cannot tell: the worse"),
    Row(TRADE, "112 113 94 96", "TargetHit price=112; TradeClosed ambiguous=no",
        "over the target at the open: that came first, for certain"),
    Row(TRADE, "94 112 93 109", "StopHit price=94 ambiguous=no; TradeClosed ambiguous=no",
        "below the stop at the open: that came first, for certain"),
    Row(TRADE, "100 104 96 98, 98 99 94 95", "StopHit price=95 at=11:00; TradeClosed",
        "levels hold from candle to candle"),
    Row(BUY, "100 103 94 101",
        "OrderFilled price=100 at=09:00; TradeOpened; StopHit price=95 at=10:00; TradeClosed",
        "in the candle of an entry at its open, all of it counts"),
    Row(BUY, "100 111 99 105", "OrderFilled; TradeOpened; TargetHit price=110; TradeClosed",
        "the target too, in the candle of the entry"),
    Row(BUY, "90 97 89 96",
        "OrderFilled price=90; TradeOpened stop=95; StopHit stop=95 price=90 at=09:00; "
        "TradeClosed entry_price=90 exit_price=90",
        "entered behind the fixed stop: stopped at the open"),
    Row(LEAVING, "90 96 88 92",
        "OrderFilled purpose=exit price=90; TradeClosed exit_price=90 exit_reason=signal",
        "an exit order comes before the stop"),
    Row(LEAVING, "115 118 112 116", "OrderFilled price=115; TradeClosed exit_reason=signal",
        "an exit order comes before the target"),
    Row(BARE, "100 180 20 100", "", "without stop and target nothing is hit"),
    Row(ONLY_STOP, "100 180 95 100", "StopHit price=95 ambiguous=no; TradeClosed",
        "where no target stands, none can be in doubt"),
    Row(ONLY_TARGET, "100 110 20 100", "TargetHit price=110; TradeClosed ambiguous=no",
        "where no stop stands, none can be in doubt"),
]  # fmt: skip

SLIPPED = [
    Row(TRADE, "100 101 94 96",
        "StopHit stop=95 price=94.05 fee=1.881 slippage=9.5; TradeClosed exit_price=94.05",
        "a stop slips down by a hundred points", fills(100)),
    Row(TRADE, "100 101 94 96", "StopHit price=94.9 slippage=1; TradeClosed",
        "94.905 is rounded to the worse tick", fills(10)),
    Row(TRADE, "100 101 91 93", "StopHit price=93 slippage=20; TradeClosed",
        "a fifth of a range of 10", fills(0, "0.2")),
    Row(TRADE, "100 101 94.5 96", "StopHit price=94.5 slippage=5; TradeClosed",
        "94.05 was not traded: no less than the candle's low", fills(100)),
    Row(TRADE, "100 101 95 99", "StopHit price=95 slippage=0; TradeClosed",
        "the stop is the low: nothing worse was traded", fills(100)),
    Row(TRADE, "90 96 89.5 92", "StopHit price=89.1 slippage=9; TradeClosed exit_price=89.1",
        "what gaps may be worse than anything that was traded", fills(100)),
    Row(TRADE, "100 111 99 110", "TargetHit price=110; TradeClosed exit_price=110 slippage=0",
        "a target does not slip", fills(100)),
    Row(TRADE, "115 118 112 116", "TargetHit price=115; TradeClosed slippage=0",
        "a target that was gapped does not slip", fills(100)),
    Row(BUY, "90 97 89.5 96",
        "OrderFilled price=90.9; TradeOpened; StopHit price=89.1; TradeClosed slippage=18",
        "entered behind the stop: it slips both ways from the open", fills(100)),
    Row(SHORT, "100 107 99 104", "StopHit price=106.05 fee=2.121 slippage=10.5; TradeClosed",
        "a short's stop slips up", fills(100)),
    Row(SHORT, "100 105.5 99 104", "StopHit price=105.5 slippage=5; TradeClosed",
        "106.05 was not traded: no more than the candle's high", fills(100)),
    Row(SHORT, "110 110.5 104 108", "StopHit price=111.1 slippage=11; TradeClosed",
        "a short's stop that was gapped may be worse than the candle", fills(100)),
    Row(SHORT, "100 101 89 90", "TargetHit price=90 fee=0.9; TradeClosed slippage=0",
        "a short's target does not slip and pays the maker's fee", fills(100)),
]  # fmt: skip

MONEY = [
    Row(TRADE, "100 101 94 96",
        "StopHit fee=1.9; TradeClosed fees=3.9 profit=-53.9 risk=50 r_multiple=-1.078 "
        "duration=7200 cash=9946.1",
        "a stop pays the taker's fee"),
    Row(TRADE, "90 96 88 92",
        "StopHit fee=1.8; TradeClosed fees=3.8 profit=-103.8 r_multiple=-2.076 duration=3600",
        "a stop that was gapped pays the taker's fee, and loses more than it risked"),
    Row(TRADE, "100 111 99 109",
        "TargetHit fee=1.1; TradeClosed fees=3.1 profit=96.9 r_multiple=1.938 cash=10096.9",
        "a target pays the maker's fee"),
    Row(TRADE, "115 118 112 116", "TargetHit fee=1.15; TradeClosed fees=3.15 profit=146.85",
        "a target that was gapped pays the maker's fee too"),
    Row(LEAVING, "104 105 103 104", "OrderFilled fee=2.08; TradeClosed fees=4.08 profit=35.92",
        "an exit order pays the taker's fee"),
    Row(CENTS, "100.01 111 99 109",
        "OrderFilled fee=0.02462247; TradeOpened; TargetHit fee=0.013541; "
        "TradeClosed fees=0.03816347",
        "0.024622462 is rounded up to eight decimals, 0.013541 needs no rounding"),
    Row(TRADE, "100 107 98 105, 105 111 97 99",
        "TargetHit; TradeClosed best=110 worst=98",
        "of the exit's candle only the exit counts for best and worst"),
]  # fmt: skip

PLANS = [
    Row(order(stop=None, target=None, exits=ExitPlan(D(4), target_distance=D(7))),
        "101 102 100 101", "OrderFilled; TradeOpened stop=97 target=108",
        "distances are measured from the fill"),
    Row(order(stop=None, target=None, exits=ExitPlan(None, D("0.04"), None, D("0.07"))),
        "101 102 100 101", "OrderFilled; TradeOpened stop=96.96 target=108.07",
        "rates are of the fill"),
    Row([], "100 101 99 100",
        "SignalRaised; OrderPlaced; OrderFilled; TradeOpened stop=90 target=120",
        "the account's exits, where the strategy has none", ACCOUNT,
        asks=enter(stop=None, target=None)),
    Row([], "100 101 99 100",
        "SignalRaised; OrderPlaced; OrderFilled; TradeOpened stop=95 target=120",
        "the strategy's own stop and the account's target", ACCOUNT,
        asks=enter(target=None)),
    Row([], "100 101 99 100",
        "SignalRaised; OrderPlaced; OrderFilled; TradeOpened stop=97 target=120",
        "the strategy's own distance wins over the account's rate", ACCOUNT,
        asks=enter(stop=None, target=None, exits=ExitPlan(D(3)))),
]  # fmt: skip


@table(LEVELS)
def test_which_level_a_candle_reaches(row: Row) -> None:
    check(row)


@table(SLIPPED)
def test_stops_slip_and_targets_do_not(row: Row) -> None:
    check(row)


@table(MONEY)
def test_what_an_exit_brings(row: Row) -> None:
    check(row)


@table(PLANS)
def test_what_a_plan_becomes_at_the_fill(row: Row) -> None:
    check(row)
