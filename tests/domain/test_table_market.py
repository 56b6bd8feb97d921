"""Market orders: they get the open, and slippage makes it worse within the candle."""

from domain.account.terms import ExitPlan
from tests.domain.tables import LEAVING, Row, check, fills, order, table
from tests.scenario import BTC, D, rules

BUY = order()
SELL = order(side="short", stop=D(105), target=D(90))
WITH_DISTANCE = order(stop=None, target=None, exits=ExitPlan(D(5), target_rate=D("0.1")))
WITH_RATE = order(stop=None, target=None, exits=ExitPlan(stop_rate=D("0.05")))

MARKET = [
    Row(BUY, "101 102 100 101",
        "OrderFilled price=101 quantity=10 fee=2.02 slippage=0 at=09:00; "
        "TradeOpened entry_price=101 stop=95 target=110 cash=8987.98 slippage=0 at=09:00",
        "without slippage the open is the price, and the fee is a taker's"),
    Row(BUY, "100 101 99 100",
        "OrderFilled price=100.1 fee=2.002 slippage=1; TradeOpened entry_price=100.1 slippage=1",
        "ten basis points of 100 are an exact tick", fills(10)),
    Row(BUY, "101 102 100 101",
        "OrderFilled price=101.11 fee=2.0222 slippage=1.1; TradeOpened entry_price=101.11",
        "101.101 is rounded up for who buys", fills(10)),
    Row(BUY, "100 103 98 101", "OrderFilled price=100.5 slippage=5; TradeOpened",
        "a tenth of a range of 5", fills(0, "0.1")),
    Row(BUY, "100 103 98 101", "OrderFilled price=100.6 slippage=6; TradeOpened",
        "points and range add up", fills(10, "0.1")),
    Row(BUY, "100 100.4 99 100", "OrderFilled price=100.4 slippage=4; TradeOpened",
        "101 was not traded: no more than the candle's high", fills(100)),
    Row(BUY, "100 100 98 99", "OrderFilled price=100 slippage=0; TradeOpened",
        "the open is the high: nothing worse was traded", fills(100, "0.5")),
    Row(BUY, "100 100 100 100", "OrderFilled price=100 slippage=0; TradeOpened",
        "a flat candle with volume is traded, at one price", fills(100, "0.5")),
    Row(BUY, "105 106 104 105", "OrderFilled price=106 slippage=10; TradeOpened",
        "an open far from the signal is not a gap over a stop: 106.05 is not traded", fills(100)),
    Row(BUY, "100 102 99 101", "OrderFilled price=101 slippage=10; TradeOpened",
        "at a coarse tick slippage is a tick at least", fills(10),
        market=rules(BTC, tick=D(1))),
    Row(SELL, "100 101 99 100", "OrderFilled price=99.9 fee=1.998 slippage=1; TradeOpened",
        "a short sells, for less", fills(10)),
    Row(SELL, "101 102 100 101", "OrderFilled price=100.89 slippage=1.1; TradeOpened",
        "100.899 is rounded down for who sells", fills(10)),
    Row(SELL, "100 101 99.6 100", "OrderFilled price=99.6 slippage=4; TradeOpened",
        "99 was not traded: no less than the candle's low", fills(100)),
    Row(SELL, "100 103 98 101", "OrderFilled price=99.5 slippage=5; TradeOpened",
        "a tenth of the range, down", fills(0, "0.1")),
    Row(WITH_DISTANCE, "100 101 99 100",
        "OrderFilled price=100.1; TradeOpened stop=95.1 target=110.11",
        "levels relative to the fill are measured after slippage", fills(10)),
    Row(WITH_RATE, "100 101 99 100", "OrderFilled price=100.1; TradeOpened stop=95.09 target=none",
        "a rate of the slipped fill: 95.095 is rounded down", fills(10)),
    Row(LEAVING, "104 105 103 104",
        "OrderFilled purpose=exit price=103.89 fee=2.0778 slippage=1.1 at=09:00; "
        "TradeClosed exit_price=103.89 exit_reason=signal slippage=1.1 profit=34.8222",
        "an exit order slips down: 103.896", fills(10)),
    Row(LEAVING, "104 105 103.5 104",
        "OrderFilled price=103.5 slippage=5; TradeClosed exit_price=103.5",
        "an exit order stays within the candle: 102.96 was not traded", fills(100)),
    Row(BUY, "100 101 94 100",
        "OrderFilled price=100.1 slippage=1; TradeOpened; "
        "StopHit stop=95 price=94.9 slippage=1; TradeClosed slippage=2 profit=-55.9",
        "a closed trade says what slippage cost on both ways", fills(10)),
]  # fmt: skip


@table(MARKET)
def test_a_market_order_gets_the_open_and_slips(row: Row) -> None:
    check(row)
