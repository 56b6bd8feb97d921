"""Stops that move: trailing, to break-even, and those whose time is over."""

from domain.account.terms import ExitPlan
from tests.domain.tables import Row, check, order, table
from tests.scenario import D, at, open_trade

TRAIL = ExitPlan(trail_distance=D(5))
RATE = ExitPlan(trail_rate=D("0.05"))
EVEN = ExitPlan(break_even_distance=D(4))
BOTH = ExitPlan(trail_distance=D(5), break_even_distance=D(4))
HOURS = ExitPlan(time_stop=2)

TRAILED = open_trade(entered=at(8), target=None, exits=TRAIL)
WITH_TARGET = open_trade(entered=at(8), exits=TRAIL)
AT_RATE = open_trade(entered=at(8), target=None, exits=RATE)
SHORT_AT_RATE = open_trade(entered=at(8), side="short", stop=D(105), target=None, exits=RATE)
EVENED = open_trade(entered=at(8), target=None, exits=EVEN)
TIGHTER = open_trade(entered=at(8), stop=D(101), target=None, exits=EVEN)
EVEN_AT_RATE = open_trade(
    entered=at(8), target=None, exits=ExitPlan(break_even_rate=D("0.04"))
)  # fmt: skip
TRAILED_AND_EVENED = open_trade(entered=at(8), target=None, exits=BOTH)
PLAIN = open_trade(entered=at(8), target=None)
TIMED = open_trade(entered=at(8), exits=HOURS)

TRAILING = [
    Row(TRAILED, "100 103 99 102", "StopMoved stop=98 kind=trailing_stop ambiguous=no at=10:00",
        "the best price of the candle less the distance"),
    Row(TRAILED, "100 103 97 102", "StopMoved stop=98 ambiguous=yes",
        "the candle was beyond the moved stop: before or after?"),
    Row(TRAILED, "100 103 97 102, 99 100 97 98",
        "StopMoved; StopHit stop=98 price=98 kind=trailing_stop ambiguous=no at=11:00; "
        "TradeClosed exit_reason=trailing_stop ambiguous=yes",
        "hit in the next candle, not in the one that moved it; the trade keeps the mark"),
    Row(TRAILED, "100 103 99 102, 99 100 97 98",
        "StopMoved; StopHit; TradeClosed exit_price=98 exit_reason=trailing_stop ambiguous=no",
        "moved without doubt, hit without doubt"),
    Row(TRAILED, "100 103 99 102, 101 102 99 100", "StopMoved stop=98",
        "97 would loosen it: it stays"),
    Row(TRAILED, "100 103 99 102, 101 103 99 100", "StopMoved stop=98",
        "the same level is no move"),
    Row(TRAILED, "100 103 99 102, 102 104 101 103",
        "StopMoved stop=98 at=10:00; StopMoved stop=99 at=11:00",
        "it follows from candle to candle"),
    Row(TRAILED, "100 100 96 99", "", "no new best price: it stays where it is"),
    Row(TRAILED, "100 108 94 100", "StopHit stop=95 price=95 kind=stop ambiguous=no; TradeClosed",
        "the stop is judged before it moves"),
    Row(TRAILED, "106 110 105.5 109, 99 100 97 98",
        "StopMoved stop=105; StopHit stop=105 price=99 at=10:00; "
        "TradeClosed exit_reason=trailing_stop ambiguous=no",
        "the moved stop is gapped: the open"),
    Row(WITH_TARGET, "100 111 99 109", "TargetHit price=110; TradeClosed ambiguous=no",
        "a target ends what would have trailed on"),
    Row(order(stop=None, target=None, exits=TRAIL), "100 101 99 100",
        "OrderFilled; TradeOpened stop=95 stop_kind=trailing_stop; StopMoved stop=96 ambiguous=no",
        "a trail is the first stop, and the candle of an entry at its open moves it"),
    Row(order(stop=D(90), target=None, exits=TRAIL), "100 100 99 99.5",
        "OrderFilled; TradeOpened stop=95 stop_kind=trailing_stop",
        "the trail from the fill is tighter than the stop"),
    Row(order(stop=D(97), target=None, exits=TRAIL), "100 101 99 100",
        "OrderFilled; TradeOpened stop=97 stop_kind=stop",
        "the stop is tighter than the trail"),
    Row(order(stop=None, target=None, exits=TRAIL), "100 104 95 103",
        "OrderFilled; TradeOpened; StopHit price=95 kind=trailing_stop; "
        "TradeClosed exit_reason=trailing_stop",
        "a first stop from the trail is hit in the candle of the entry"),
    Row(order(limit=D(98), stop=None, target=None, exits=TRAIL), "100 106 97 101",
        "OrderFilled price=98; TradeOpened stop=93; StopMoved stop=96 ambiguous=no",
        "after a limit only the close is certain to be better"),
    Row(order(limit=D(98), stop=None, target=None, exits=TRAIL), "100 106 94 97",
        "OrderFilled price=98; TradeOpened stop=93",
        "after a limit nothing better than the fill is certain: no move"),
    Row(order(limit=D(98), stop=None, target=None, exits=TRAIL), "100 106 95.5 101",
        "OrderFilled; TradeOpened stop=93; StopMoved stop=96 ambiguous=yes",
        "after a limit the low may have come before the close that moved the stop"),
    Row(order(trigger=D(102), stop=None, target=None, exits=TRAIL), "100 106 99 104",
        "OrderFilled price=102; TradeOpened stop=97; StopMoved stop=101 ambiguous=yes",
        "after a stop the high is certain; the low may have come after it"),
    Row(order(trigger=D(102), limit=D(101), stop=None, target=None, exits=TRAIL),
        "100 108 99 100", "OrderFilled price=101; TradeOpened stop=96",
        "after a stop-limit that came back, the high is not certain"),
    Row(PLAIN, "100 101 99 100", "StopMoved stop=97 kind=trailing_stop at=10:00",
        "the strategy says at its close where the stop belongs", trail="97"),
    Row(PLAIN, "100 101 99 100", "", "the strategy says worse: the stop stays", trail="94"),
    Row(PLAIN, "100 101 99 100", "", "the strategy says the same: no move", trail="95"),
    Row(PLAIN, "100 101 96 100, 98 99 96 97",
        "StopMoved stop=97; StopHit stop=97 price=97 at=11:00; "
        "TradeClosed exit_reason=trailing_stop",
        "what the strategy says holds from the next candle", trail="97, -"),
    Row(PLAIN, "100 101 99 100, 100 102 99 101, 99 103 98 102",
        "StopMoved stop=97 at=10:00; StopMoved stop=98 at=11:00; "
        "StopHit stop=98 price=98 at=12:00; TradeClosed",
        "what the strategy says moves it from close to close", trail="97, 98, -"),
    Row(PLAIN, "100 101 99 100, 100 101 99 100",
        "StopMoved stop=105; StopHit stop=105 price=100 at=10:00; TradeClosed",
        "a stop that the strategy wants above the market is hit at the next open", trail="105, -"),
    Row(TRAILED, "100 103 99 102", "StopMoved stop=98",
        "the distance is tighter than what the strategy says", trail="97"),
    Row(TRAILED, "100 103 98.5 102", "StopMoved stop=98; StopMoved stop=98.2 at=10:00",
        "what the strategy says is tighter than the distance", trail="98.2"),
]  # fmt: skip

RATES = [
    Row(AT_RATE, "100 104 99 103", "StopMoved stop=98.8 ambiguous=no",
        "the best price less five per cent of it"),
    Row(AT_RATE, "100 103.33 99 103", "StopMoved stop=98.16", "98.1635 is rounded down"),
    Row(SHORT_AT_RATE, "100 100.5 96 97", "StopMoved stop=100.8 ambiguous=no",
        "a short's best price and five per cent of it"),
    Row(SHORT_AT_RATE, "100 101 96.67 97", "StopMoved stop=101.51", "101.5035 is rounded up"),
    Row(EVEN_AT_RATE, "102 104 101 103", "StopMoved stop=100 kind=break_even",
        "four per cent above the entry"),
    Row(EVEN_AT_RATE, "102 103.99 101 103", "", "short of four per cent"),
]  # fmt: skip

BREAK_EVEN = [
    Row(EVENED, "102 104 101 103", "StopMoved stop=100 kind=break_even ambiguous=no at=10:00",
        "the best price came far enough: to the entry"),
    Row(EVENED, "102 103.99 101 103", "", "the best price did not come far enough"),
    Row(EVENED, "100 104 99 103", "StopMoved stop=100 kind=break_even ambiguous=yes",
        "the candle was below the entry, before or after"),
    Row(EVENED, "102 104 101 103, 102 103 99 100",
        "StopMoved; StopHit stop=100 price=100 kind=break_even; "
        "TradeClosed exit_reason=break_even profit=-4",
        "even, but for the fees"),
    Row(EVENED, "102 104 101 103, 103 109 102 108", "StopMoved stop=100", "it moves there once"),
    Row(order(limit=D(98), stop=None, target=None, exits=EVEN), "100 106 97.5 102",
        "OrderFilled; TradeOpened stop=none; StopMoved stop=98 ambiguous=yes",
        "after a limit the close came far enough; the low was below the entry"),
    Row(order(limit=D(98), stop=None, target=None, exits=EVEN), "100 106 97.5 101.99",
        "OrderFilled; TradeOpened", "after a limit the high is not certain to be far enough"),
    Row(TIGHTER, "103 104 102 103", "", "a stop above the entry is not loosened"),
    Row(TRAILED_AND_EVENED, "102 104 101 103", "StopMoved stop=100 kind=break_even",
        "the entry is tighter than the trail at 99"),
    Row(TRAILED_AND_EVENED, "102 106 101.5 103", "StopMoved stop=101 kind=trailing_stop",
        "the trail is tighter than the entry"),
    Row(TRAILED_AND_EVENED, "103 105 101 104", "StopMoved stop=100 kind=trailing_stop",
        "both at 100: the trailing one holds"),
]  # fmt: skip

TIME = [
    Row(TIMED, "100 101 99 100", "OrderPlaced purpose=exit reason=time quantity=10 at=10:00",
        "two hours have passed: the exit is ordered"),
    Row(TIMED, "100 101 99 100, 99 101 98 100",
        "OrderPlaced; OrderFilled price=99 at=10:00; TradeClosed exit_reason=time exit_price=99",
        "and fills at the next open"),
    Row(TIMED, "-, -, 99 101 98 100",
        "OrderPlaced at=10:00; OrderFilled price=99 at=11:00; TradeClosed exit_reason=time",
        "time passes without candles; the exit is ordered once and waits"),
    Row(TIMED, "100 101 94 96", "StopHit price=95; TradeClosed exit_reason=stop",
        "the stop comes before the time"),
    Row(order(exits=HOURS), "100 101 99 100, 100 101 99 100",
        "OrderFilled at=09:00; TradeOpened; OrderPlaced reason=time at=11:00",
        "two hours from the entry, not from the signal's candle"),
    Row(order(limit=D(98), exits=HOURS), "100 101 97 100, 100 101 99 100",
        "OrderFilled at=10:00; TradeOpened",
        "an entry within a candle is dated at its close, and time runs from there"),
]  # fmt: skip


@table(TRAILING)
def test_a_stop_trails(row: Row) -> None:
    check(row)


@table(RATES)
def test_a_stop_moves_by_rates(row: Row) -> None:
    check(row)


@table(BREAK_EVEN)
def test_a_stop_moves_to_break_even(row: Row) -> None:
    check(row)


@table(TIME)
def test_the_time_of_a_trade_is_over(row: Row) -> None:
    check(row)
