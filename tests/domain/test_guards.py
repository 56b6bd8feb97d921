"""Guards look at what closed and at equity, and lock markets or halt trading."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from domain.account.commands import LockMarket, Pause, Resume, SettleTrade, UnlockMarket
from domain.account.evolve import fold
from domain.account.facts import (
    AccountFact,
    CashAdjusted,
    EquityMarked,
    ExitReason,
    MarketLocked,
    TradeClosed,
    TradeOpened,
    TradingHalted,
)
from domain.account.state import Account
from domain.account.terms import Guard, Side, Terms
from tests.scenario import (
    BTC,
    DAY,
    ETH,
    LONG_TRADE,
    XRP,
    D,
    Story,
    at,
    enter,
    entry_order,
    exit_order,
    given,
    leave,
    open_trade,
    opened,
    period,
)

CRASH = "100 101 80 82"
QUIET = "100 101 99 100"
"""The long trade of 10 at 100 loses 53.9 of 1,000 at its stop: 50, and fees of 2 and 1.9."""
LOST = period(at(10), {BTC: CRASH})
WHO = ("operator", "test")


def guarded(*guards: Guard, shorts: bool = False, most: int = 3) -> list[AccountFact]:
    return opened(terms=Terms(guards=guards, shorts=shorts), most=most)


def past_trade(
    trade: int,
    closed: datetime,
    *,
    pair: str = BTC,
    profit: str = "-50",
    reason: ExitReason = "stop",
    side: Side = "long",
    cash: str = "10000",
) -> list[AccountFact]:
    """A trade of 10 at 100, a minute long, that closed and left the account that much cash."""
    began, gone = closed - timedelta(minutes=1), D(10) * D(100)
    return [
        TradeOpened(
            began, "main", trade, pair, "cross", "1h", side, D(10), D(100), D(0), None, None,
            D(cash) - gone,
        ),
        TradeClosed(
            closed, "main", trade, pair, "cross", side, D(10), began, D(100), D(95), reason, D(0),
            D(profit), D(100), D(95), False, False, D(cash),
        ),
    ]  # fmt: skip


def two_stops(**others: object) -> Guard:
    """Halts for an hour and a half after two stops in five hours."""
    usual = {"lookback_period": 300, "stop_duration": 90, "trade_limit": 2}
    return Guard("stop_streak", **{**usual, **others})  # type: ignore[arg-type]


def test_a_streak_of_stops_halts_trading() -> None:
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact(
            "TradingHalted",
            at=at(10),
            by="guard",
            why="stop_streak",
            market_position=None,
            side=None,
            until=at(11, 30),
            numbers={"stops": D(2), "trade_limit": D(2)},
        )
    )


def test_one_stop_too_few_halts_nothing() -> None:
    given(guarded(two_stops()), LONG_TRADE).when(LOST).then_topics("StopHit", "TradeClosed")


def test_stops_before_the_look_back_do_not_count() -> None:
    """The hour before 10:00."""
    guard = two_stops(lookback_period=60)
    long_ago = given(guarded(guard), past_trade(7, at(8, 59)), LONG_TRADE).when(LOST)
    just_now = given(guarded(guard), past_trade(7, at(9, 1)), LONG_TRADE).when(LOST)
    long_ago.then_topics("StopHit", "TradeClosed")
    just_now.then_topics("StopHit", "TradeClosed", "TradingHalted")


@pytest.mark.parametrize("reason", ["stop", "break_even", "trailing_stop", "backing"])
def test_a_streak_counts_any_stop(reason: ExitReason) -> None:
    (
        given(guarded(two_stops()), past_trade(7, at(8), reason=reason), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
    )


@pytest.mark.parametrize("reason", ["target", "signal", "time", "withdrawn", "operator"])
def test_a_streak_counts_no_other_exit_however_bad(reason: ExitReason) -> None:
    (
        given(guarded(two_stops()), past_trade(7, at(8), reason=reason), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed")
    )


@pytest.mark.parametrize(
    ("profit", "required", "counts"),
    [
        ("-1", "0", True),
        ("0", "0", False),  # not below
        ("10", "0", False),
        ("10", "0.02", True),  # a hundredth of what was staked
        ("20", "0.02", False),
        ("-20", "-0.02", False),
        ("-21", "-0.02", True),
    ],
)
def test_a_stop_counts_whose_profit_is_below_the_required(
    profit: str, required: str, *, counts: bool
) -> None:
    earlier = past_trade(7, at(8), reason="trailing_stop", profit=profit)
    halted = ["TradingHalted"] if counts else []
    (
        given(guarded(two_stops(required_profit=D(required))), earlier, LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", *halted)
    )


def test_a_streak_of_one_market_locks_that_market() -> None:
    guard = two_stops(only_per_pair=True)
    (
        given(guarded(guard), past_trade(7, at(8)), LONG_TRADE)
        .when(period(at(10), {BTC: CRASH}, opinions=[enter(BTC, stop=None), enter(ETH)]))
        .then_topics("StopHit", "TradeClosed", "MarketLocked", "SignalRaised", "SignalRaised",
                     "SignalDeclined", "OrderPlaced")
        .then_fact("MarketLocked", pair=BTC, side=None, until=at(11, 30), by="guard",
                   why="stop_streak", numbers={"stops": D(2), "trade_limit": D(2)})
        .then_fact("SignalDeclined", pair=BTC, reason="locked", numbers={"seconds_left": D(5_400)})
        .then_fact("OrderPlaced", pair=ETH)
    )  # fmt: skip


def test_stops_of_different_markets_are_no_streak_of_one() -> None:
    guard = two_stops(only_per_pair=True)
    (
        given(guarded(guard), past_trade(7, at(8), pair=ETH), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed")
    )


SHORT_TRADE = open_trade(2, ETH, side="short", stop=D(105), target=None, cash=D(7_996))


def test_a_streak_of_one_side_halts_that_side() -> None:
    guard = two_stops(only_per_side=True)
    short = enter(XRP, side="short", stop=D(105), target=D(90))
    (
        given(guarded(guard, shorts=True), past_trade(7, at(8)), LONG_TRADE)
        .when(period(at(10), {BTC: CRASH}, opinions=[enter(ETH), short]))
        .then_fact("TradingHalted", side="long")
        .then_fact("SignalDeclined", pair=ETH, reason="halted")
        .then_fact("OrderPlaced", pair=XRP, side="short")
    )


def test_stops_of_both_sides_are_no_streak_of_one() -> None:
    guard = two_stops(only_per_side=True)
    (
        given(guarded(guard, shorts=True), past_trade(7, at(8), side="short"), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed")
    )


def test_without_only_per_side_stops_of_both_sides_are_a_streak() -> None:
    (
        given(guarded(two_stops(), shorts=True), LONG_TRADE, SHORT_TRADE)
        .when(period(at(10), {BTC: CRASH, ETH: "100 120 99 119"}))
        .then_topics("StopHit", "TradeClosed", "StopHit", "TradeClosed", "TradingHalted")
    )


def test_a_streak_of_one_side_of_a_market_locks_that_side_of_it() -> None:
    guard = two_stops(only_per_pair=True, only_per_side=True)
    short = enter(BTC, side="short", stop=D(105), target=D(70), close=D(82))
    (
        given(guarded(guard, shorts=True), past_trade(7, at(8)), LONG_TRADE)
        .when(period(at(10), {BTC: CRASH}, opinions=[short]))
        .then_fact("MarketLocked", pair=BTC, side="long")
        .then_fact("OrderPlaced", side="short")
    )


def test_a_streak_is_judged_only_when_a_trade_has_closed() -> None:
    """Both stopped before, and the halt for it is over."""
    past = [past_trade(7, at(8)), past_trade(8, at(9))]
    (
        given(guarded(two_stops()), *past, open_trade(9, ETH))
        .when(period(at(12), {ETH: QUIET}))
        .then_nothing()
    )


def test_a_trade_that_closed_without_a_stop_lets_the_streak_be_judged_again() -> None:
    past = [past_trade(7, at(8)), past_trade(8, at(9))]
    (
        given(guarded(two_stops()), *past, LONG_TRADE)
        .when(period(at(12), {BTC: "100 111 99 110"}))
        .then_topics("TargetHit", "TradeClosed", "TradingHalted")
    )


def test_a_stop_that_a_late_candle_tells_of_counts() -> None:
    late = [(BTC, period(at(10), {BTC: CRASH}).candles.get(BTC))]
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE)
        .when(period(at(11), {BTC: QUIET}, late=late))  # type: ignore[arg-type]
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact("TradeClosed", at=at(10))
        .then_fact("TradingHalted", at=at(11), until=at(12, 30))
    )


def low_profit(**others: object) -> Guard:
    usual = {"lookback_period": 300, "stop_duration": 60, "trade_limit": 2}
    return Guard("low_profit", **{**usual, **others})  # type: ignore[arg-type]


def test_a_market_whose_trades_earn_too_little_is_locked() -> None:
    """0.03 - 0.0539 is less than nothing."""
    (
        given(guarded(low_profit()), past_trade(7, at(8), profit="30", reason="target"), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "MarketLocked")
        .then_fact("MarketLocked", at=at(10), pair=BTC, side=None, until=at(11), why="low_profit",
                   numbers={"profit": D("-0.0239"), "required_profit": D(0)})
    )  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "required", "locks"),
    [
        ("53.9", "0", False),  # 0 is not less
        ("53.8", "0", True),
        ("73.9", "0.02", False),
        ("73.8", "0.02", True),
        ("-46.1", "-0.1", False),
        ("-46.2", "-0.1", True),
    ],
)
def test_profits_add_up_as_shares_of_what_was_staked(
    earlier: str, required: str, *, locks: bool
) -> None:
    past = past_trade(7, at(8), profit=earlier, reason="signal")
    locked = ["MarketLocked"] if locks else []
    (
        given(guarded(low_profit(required_profit=D(required))), past, LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", *locked)
    )


def test_low_profits_need_as_many_trades_as_the_limit() -> None:
    given(guarded(low_profit()), LONG_TRADE).when(LOST).then_topics("StopHit", "TradeClosed")


def test_profits_of_another_market_are_not_added() -> None:
    other = past_trade(7, at(8), pair=ETH)
    given(guarded(low_profit()), other, LONG_TRADE).when(LOST).then_topics("StopHit", "TradeClosed")


def test_profits_before_the_look_back_are_not_added() -> None:
    guard = low_profit(lookback_period=60)
    (
        given(guarded(guard), past_trade(7, at(8, 59)), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed")
    )


COOL = Guard("cool_down", stop_duration=60)


@pytest.mark.parametrize("prices", [CRASH, "100 111 99 110"], ids=["stop", "target"])
def test_a_market_cools_down_after_any_trade(prices: str) -> None:
    (
        given(guarded(COOL), LONG_TRADE)
        .when(period(at(10), {BTC: prices}, opinions=[enter(BTC, stop=None, target=None)]))
        .then_fact("MarketLocked", pair=BTC, until=at(11), why="cool_down", side=None, numbers={})
        .then_fact("SignalDeclined", reason="locked", numbers={"seconds_left": D(3_600)})
    )


def test_other_markets_need_not_cool_down() -> None:
    (
        given(guarded(COOL), LONG_TRADE)
        .when(period(at(10), {BTC: CRASH}, opinions=[enter(ETH)]))
        .then_fact("OrderPlaced", pair=ETH)
    )


def test_a_cool_down_is_counted_from_the_close_at_which_it_was_judged() -> None:
    """The exit is dated at the open, 09:00."""
    (
        given(guarded(COOL), open_trade(entered=at(9)))
        .when(period(at(10), {BTC: "90 91 88 89"}))
        .then_fact("TradeClosed", at=at(9))
        .then_fact("MarketLocked", at=at(10), until=at(11))
    )


def test_a_market_that_cooled_down_may_be_entered_at_the_very_close() -> None:
    (
        given(guarded(COOL), LONG_TRADE)
        .when(LOST)
        .when(period(at(11), {BTC: QUIET}, opinions=[enter(BTC)]))
        .then_topics("MarketUnlocked", "SignalRaised", "OrderPlaced")
        .then_fact("MarketUnlocked", at=at(11), pair=BTC, side=None, market_position=None)
    )


def test_a_trade_that_the_operator_settled_is_not_judged_by_itself() -> None:
    gone = period(at(10), {ETH: QUIET}, delisted={BTC})
    (
        given(guarded(COOL), LONG_TRADE, open_trade(2, ETH))
        .when(gone)
        .when(SettleTrade(*WHO, trade=1, price=D(50)))
        .when(period(at(11), {ETH: QUIET}, delisted={BTC}))
        .then_nothing()
    )


def drawdown(most: str = "0.02", **others: object) -> Guard:
    usual = {"lookback_period": 300, "stop_duration": 120, "max_allowed_drawdown": D(most)}
    return Guard("max_drawdown", **{**usual, **others})  # type: ignore[arg-type]


ETH_AFTER_PROFIT = [
    past_trade(7, at(8), profit="100", reason="target", cash="10100"),
    open_trade(8, ETH, stop=None, target=None, cash=D(9_098)),
]
"""The balance was 10,100 at 08:00; 10 ETH at 100 for a fee of 2 leave 9,098."""


def test_a_drawdown_from_the_highest_balance_halts_trading() -> None:
    """9,098 + 10 x 79.9 = 9,897 is 203 below 10,100: 0.020099..."""
    (
        given(guarded(drawdown()), *ETH_AFTER_PROFIT)
        .when(period(at(10), {ETH: "100 100 79 79.9"}))
        .then_topics("TradingHalted")
        .then_fact("TradingHalted", at=at(10), until=at(12), why="max_drawdown", side=None,
                   numbers={"drawdown": D("0.020099009901"), "max_allowed_drawdown": D("0.02"),
                            "equity": D(9_897), "peak": D(10_100)})
    )  # fmt: skip


def test_a_drawdown_of_as_much_as_is_allowed_halts_nothing() -> None:
    """9,098 + 10 x 80 = 9,898 is 202 below 10,100."""
    (
        given(guarded(drawdown()), *ETH_AFTER_PROFIT)
        .when(period(at(10), {ETH: "100 100 79 80"}))
        .then_nothing()
    )


def test_the_balance_before_the_first_trade_looked_back_to_counts_as_well() -> None:
    """It was 10,300 before a trade lost 300; 9,970 is 330 below it: 0.032038..."""
    past = past_trade(7, at(8), profit="-300", cash="10000")
    (
        given(guarded(drawdown("0.03")), past, open_trade(8, ETH, stop=None, cash=D(8_998)))
        .when(period(at(10), {ETH: "100 100 97 97.2"}))
        .then_fact("TradingHalted",
                   numbers={"drawdown": D("0.0320388349515"), "max_allowed_drawdown": D("0.03"),
                            "equity": D(9_970), "peak": D(10_300)})
    )  # fmt: skip


def test_a_drawdown_counts_only_balances_in_the_look_back() -> None:
    past = past_trade(7, at(8), profit="100", reason="target", cash="10100")
    (
        given(guarded(drawdown(lookback_period=120)), past, ETH_AFTER_PROFIT[1])
        .when(period(at(10, 1), {ETH: "100 100 70 70"}))
        .then_nothing()
    )


def test_a_drawdown_needs_as_many_closed_trades_as_the_limit() -> None:
    crash = period(at(10), {ETH: "100 100 79 79.9"})
    guard = drawdown(trade_limit=2)
    another = past_trade(6, at(7), cash="10000")
    given(guarded(guard), *ETH_AFTER_PROFIT).when(crash).then_nothing()
    given(guarded(guard), another, *ETH_AFTER_PROFIT).when(crash).then_topics("TradingHalted")


def test_a_drawdown_without_a_closed_trade_halts_nothing() -> None:
    (
        given(guarded(drawdown()), open_trade(stop=None))
        .when(period(at(10), {BTC: "100 100 1 1"}))
        .then_nothing()
    )


def test_the_trade_that_just_closed_is_in_the_drawdown() -> None:
    """10,000 before it; 9,946.1 after: 0.00539."""
    (
        given(guarded(drawdown("0.005")), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact("TradingHalted",
                   numbers={"drawdown": D("0.00539"), "max_allowed_drawdown": D("0.005"),
                            "equity": D("9946.1"), "peak": D(10_000)})
    )  # fmt: skip


def test_a_drawdown_is_not_judged_while_trading_is_halted_anyway() -> None:
    halted = TradingHalted(at(9), "main", "guard", "stop_streak", None, None, at(11), {})
    crash = {ETH: "100 100 79 79.9"}
    (
        given(guarded(drawdown()), *ETH_AFTER_PROFIT, halted)
        .when(period(at(10), crash))
        .then_nothing()
        .when(period(at(11), crash))
        .then_topics("TradingResumed", "TradingHalted")
    )


def test_a_drawdown_is_judged_while_one_side_is_halted() -> None:
    halted = TradingHalted(at(9), "main", "guard", "stop_streak", None, "long", at(11), {})
    (
        given(guarded(drawdown()), *ETH_AFTER_PROFIT, halted)
        .when(period(at(10), {ETH: "100 100 79 79.9"}))
        .then_topics("TradingHalted")
    )


def test_a_drawdown_is_not_judged_at_the_end_of_a_period_with_no_trade_open_or_closed() -> None:
    """The halt is over, and so are the trades; only the next one would be judged."""
    halted = TradingHalted(at(10), "main", "guard", "max_drawdown", None, None, at(12), {})
    (
        given(guarded(drawdown()), past_trade(7, at(10), profit="-300", cash="9700"), halted)
        .when(period(at(12), {ETH: QUIET}, opinions=[enter(ETH)]))
        .then_topics("TradingResumed", "SignalRaised", "OrderPlaced")
    )


@pytest.mark.parametrize("amount", [D(5_000), D(-5_000)])
def test_paper_money_paid_in_or_out_is_neither_profit_nor_drawdown(amount: Decimal) -> None:
    """The peak moves with it: 10,100 + amount, of which the equity is 202 less."""
    adjusted = CashAdjusted(at(9), "main", 1, *WHO, amount, D(9_098) + amount)
    drawn = period(at(10), {ETH: "100 100 79 80"})
    given(guarded(drawdown("0.04")), *ETH_AFTER_PROFIT, adjusted).when(drawn).then_nothing()


def daily(most: str = "0.03") -> Guard:
    return Guard("daily_loss", max_daily_loss=D(most))


MARKED = EquityMarked(at(1), "main", DAY, D(10_000))
OPEN = open_trade(stop=None, target=None)


def test_a_daily_loss_halts_trading_until_midnight() -> None:
    """8,998 + 10 x 70 = 9,698 is 302 below 10,000."""
    (
        given(guarded(daily()), MARKED, OPEN)
        .when(period(at(10), {BTC: "100 100 69 70"}))
        .then_topics("TradingHalted")
        .then_fact("TradingHalted", at=at(10), until=at(24), why="daily_loss", side=None,
                   numbers={"loss": D("0.0302"), "max_daily_loss": D("0.03"), "equity": D(9_698),
                            "day_equity": D(10_000)})
    )  # fmt: skip


def test_a_daily_loss_of_as_much_as_is_allowed_halts_nothing() -> None:
    """8,998 + 10 x 70.2 = 9,700."""
    given(guarded(daily()), MARKED, OPEN).when(
        period(at(10), {BTC: "100 100 69 70.2"})
    ).then_nothing()


def test_what_closed_counts_as_a_daily_loss() -> None:
    (
        given(guarded(daily("0.005")), MARKED, LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact("TradingHalted",
                   numbers={"loss": D("0.00539"), "max_daily_loss": D("0.005"),
                            "equity": D("9946.1"), "day_equity": D(10_000)})
    )  # fmt: skip


def test_the_equity_of_a_day_is_marked_before_its_first_period_moves_money() -> None:
    (
        given(guarded(daily()), entry_order())
        .when(period(at(10), {BTC: QUIET}))
        .then_topics("EquityMarked", "OrderFilled", "TradeOpened")
        .then_fact("EquityMarked", at=at(10), day=DAY, equity=D(10_000))
        .when(period(at(11), {BTC: QUIET}))
        .then_nothing()
    )


def test_the_next_day_begins_with_what_the_account_was_worth_at_midnight() -> None:
    """8,998 + 10 x 90."""
    (
        given(guarded(daily()), MARKED, OPEN)
        .when(period(at(24), {BTC: "100 101 89 90"}))
        .then_topics("EquityMarked")
        .then_fact("EquityMarked", at=at(24), day=at(24), equity=D(9_898))
    )


def test_a_period_that_ends_at_midnight_is_of_the_day_that_ends() -> None:
    """10,000 before the entry; 8,998 + 10 x 90 after it."""
    story = (
        given(guarded(daily()), entry_order(placed=at(23), stop=None))
        .when(period(at(24), {BTC: "100 101 89 90"}))
        .then_topics("EquityMarked", "OrderFilled", "TradeOpened", "EquityMarked")
    )
    assert story.new[0] == EquityMarked(at(24), "main", DAY, D(10_000))
    assert story.new[-1] == EquityMarked(at(24), "main", at(24), D(9_898))


def test_a_loss_at_the_last_close_of_a_day_halts_nothing_any_more() -> None:
    (
        given(guarded(daily()), MARKED, OPEN)
        .when(period(at(24), {BTC: "100 101 49 50"}))
        .then_topics("EquityMarked")
    )


def test_a_new_day_is_judged_by_its_own_beginning() -> None:
    """9,898 at midnight: 9,602 is 296 below, 0.0299...; 9,600 is 298 below, 0.0301..."""
    day_two = EquityMarked(at(24), "main", at(24), D(9_898))
    (
        given(guarded(daily()), MARKED, OPEN, day_two)
        .when(period(at(25), {BTC: "90 91 60 60.4"}))
        .then_nothing()
        .when(period(at(26), {BTC: "60 61 60 60.2"}))
        .then_fact("TradingHalted", until=at(48))
    )


def test_trading_goes_on_at_midnight() -> None:
    """Halted at 10:00; the new day begins with the loss."""
    (
        given(guarded(daily()), MARKED, OPEN)
        .when(period(at(10), {BTC: "100 100 69 70"}))
        .when(period(at(23), {BTC: "70 71 69 70"}, opinions=[enter(ETH)]))
        .then_declined("halted", seconds_left=D(3_600))
        .when(period(at(24), {BTC: "70 71 69 70"}, opinions=[enter(ETH)]))
        .then_topics("TradingResumed", "EquityMarked", "SignalRaised", "OrderPlaced")
        .then_fact("EquityMarked", equity=D(9_698))
    )


def test_a_day_that_begins_without_anything_open_is_marked_at_its_first_period() -> None:
    (
        given(guarded(daily()), MARKED)
        .when(period(at(24)), period(at(30)))
        .then_nothing()
        .when(period(at(31), opinions=[enter()]))
        .then_topics("EquityMarked", "SignalRaised", "OrderPlaced")
        .then_fact("EquityMarked", at=at(31), day=at(24), equity=D(10_000))
    )


def test_paper_money_paid_in_or_out_is_no_daily_loss() -> None:
    taken = CashAdjusted(at(9), "main", 1, *WHO, D(-4_000), D(4_998))
    (
        given(guarded(daily()), MARKED, OPEN, taken)
        .when(period(at(10), {BTC: "100 101 99 100"}))
        .then_nothing()
    )


def test_without_that_guard_no_equity_is_marked() -> None:
    given(guarded(COOL), OPEN).when(period(at(24), {BTC: QUIET})).then_nothing()


def test_the_longest_of_several_locks_holds() -> None:
    longer, shorter = Guard("cool_down", stop_duration=180), Guard("cool_down", stop_duration=60)
    (
        given(guarded(longer, shorter), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "MarketLocked")
        .then_fact("MarketLocked", until=at(13))
    )
    (
        given(guarded(shorter, longer), LONG_TRADE)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "MarketLocked", "MarketLocked")
        .when(period(at(11), {BTC: QUIET}, opinions=[enter(BTC)]))
        .then_declined("locked", seconds_left=D(7_200))
    )


def test_the_longest_of_several_halts_holds() -> None:
    halted = TradingHalted(at(9), "main", "guard", "stop_streak", None, None, at(20), {})
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE, halted)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed")
    )


@pytest.mark.parametrize("longer", [at(12), None], ids=["three hours", "no end"])
def test_a_declined_signal_says_how_long_the_longest_lock_still_holds(
    longer: datetime | None,
) -> None:
    both = MarketLocked(at(8), "main", *WHO, 1, None, BTC, at(10), {})
    longs = MarketLocked(at(8), "main", *WHO, 1, "long", BTC, longer, {})
    left = {} if longer is None else {"seconds_left": D(10_800)}
    (
        given(guarded(), both, longs)
        .when(period(at(9), opinions=[enter(BTC)]))
        .then_declined("locked", **left)
    )


def test_a_guard_does_not_shorten_what_the_operator_locked() -> None:
    for until in (None, at(15)):
        locked = MarketLocked(at(9), "main", *WHO, 1, None, BTC, until, {})
        given(guarded(COOL), LONG_TRADE, locked).when(LOST).then_topics("StopHit", "TradeClosed")


def test_a_guard_prolongs_what_the_operator_locked() -> None:
    locked = MarketLocked(at(9), "main", *WHO, 1, None, BTC, at(10, 30), {})
    (
        given(guarded(COOL), LONG_TRADE, locked)
        .when(LOST)
        .then_fact("MarketLocked", by="guard", until=at(11))
    )


LIMIT_ORDER = entry_order(2, ETH, limit=D(90), stop=D(80), valid_for=9)


def test_waiting_entries_are_cancelled_when_trading_is_halted() -> None:
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE, LIMIT_ORDER)
        .when(period(at(10), {BTC: CRASH, ETH: QUIET}))
        .then_topics("StopHit", "TradeClosed", "TradingHalted", "OrderCancelled")
        .then_fact("OrderCancelled", at=at(10), order=2, purpose="enter", reason="halted")
    )


def test_waiting_entries_have_had_their_candle_before_a_halt_cancels_them() -> None:
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE, LIMIT_ORDER)
        .when(period(at(10), {BTC: CRASH, ETH: "95 96 89 92"}))
        .then_topics("OrderFilled", "TradeOpened", "StopHit", "TradeClosed", "TradingHalted")
        .then_fact("OrderFilled", pair=ETH, price=D(90))
    )


def test_an_order_that_is_over_at_the_halt_has_expired() -> None:
    over = entry_order(2, ETH, limit=D(90), stop=D(80), valid_for=1)
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE, over)
        .when(period(at(10), {BTC: CRASH, ETH: QUIET}))
        .then_topics("OrderExpired", "StopHit", "TradeClosed", "TradingHalted")
    )


def test_a_halt_of_one_side_cancels_the_entries_of_that_side() -> None:
    guard = two_stops(only_per_side=True)
    short = entry_order(3, XRP, side="short", limit=D(110), stop=D(120), target=D(90), valid_for=9)
    (
        given(guarded(guard, shorts=True), past_trade(7, at(8)), LONG_TRADE, LIMIT_ORDER, short)
        .when(period(at(10), {BTC: CRASH, ETH: QUIET, XRP: QUIET}))
        .then_topics("StopHit", "TradeClosed", "TradingHalted", "OrderCancelled")
        .then_fact("OrderCancelled", pair=ETH, reason="halted")
    )


def test_a_lock_cancels_the_entries_of_its_market_and_side() -> None:
    locked = MarketLocked(at(9), "main", *WHO, 1, "long", ETH, at(12), {})
    other = entry_order(3, XRP, limit=D(90), stop=D(80), valid_for=9)
    (
        given(guarded(), LIMIT_ORDER, other, locked)
        .when(period(at(10), {ETH: QUIET, XRP: QUIET}))
        .then_topics("OrderCancelled")
        .then_fact("OrderCancelled", order=2, pair=ETH, reason="locked")
    )


def test_a_lock_of_the_other_side_cancels_nothing() -> None:
    locked = MarketLocked(at(9), "main", *WHO, 1, "short", ETH, at(12), {})
    given(guarded(), LIMIT_ORDER, locked).when(period(at(10), {ETH: QUIET})).then_nothing()


def test_open_trades_go_on_under_a_halt() -> None:
    halted = TradingHalted(at(9), "main", "guard", "stop_streak", None, None, at(20), {})
    ordered = open_trade(2, ETH)
    (
        given(guarded(), LONG_TRADE, ordered, exit_order(2, ETH, placed=at(9)), halted)
        .when(period(at(10), {BTC: CRASH, ETH: QUIET}))
        .then_topics("OrderFilled", "TradeClosed", "StopHit", "TradeClosed")
    )


def test_an_exit_signal_is_answered_under_a_halt_and_a_lock() -> None:
    halted = TradingHalted(at(9), "main", "guard", "stop_streak", None, None, at(20), {})
    locked = MarketLocked(at(9), "main", *WHO, 1, None, BTC, None, {})
    (
        given(guarded(), LONG_TRADE, halted, locked)
        .when(period(at(10), {BTC: QUIET}, opinions=[leave()]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_halt_ends_before_anything_else_of_its_period() -> None:
    halted = TradingHalted(at(8), "main", "guard", "stop_streak", None, None, at(10), {})
    (
        given(guarded(), LONG_TRADE, LIMIT_ORDER, halted)
        .when(period(at(10), {BTC: CRASH, ETH: QUIET}, opinions=[enter(XRP)]))
        .then_topics("TradingResumed", "StopHit", "TradeClosed", "SignalRaised", "OrderPlaced")
        .then_fact("TradingResumed", at=at(10), by="clock", market_position=None, side=None)
    )


def test_a_halt_lasts_to_the_close_at_which_it_is_over() -> None:
    halted = TradingHalted(at(8), "main", "guard", "stop_streak", None, None, at(10, 30), {})
    (
        given(guarded(), halted)
        .when(period(at(10), opinions=[enter()]))
        .then_declined("halted", seconds_left=D(1_800))
        .when(period(at(11), opinions=[enter()]))
        .then_topics("TradingResumed", "SignalRaised", "OrderPlaced")
    )


def test_a_lock_without_an_end_lasts_until_it_is_unlocked() -> None:
    (
        given(guarded())
        .when(LockMarket(*WHO, pair=BTC))
        .when(period(at(800), opinions=[enter()]))
        .then_declined("locked")
        .when(UnlockMarket(*WHO, pair=BTC), moment=period(at(800)))
        .then_topics("MarketUnlocked")
        .when(period(at(801), opinions=[enter()]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def from_history(story: Story) -> Account:
    return fold(Account("main"), story.past)


def from_snapshot(story: Story) -> Account:
    return msgspec.json.decode(msgspec.json.encode(story.account), type=Account)


HALTED_AND_LOCKED = given(
    guarded(two_stops(), two_stops(only_per_pair=True, only_per_side=True, stop_duration=600)),
    past_trade(7, at(8)),
    LONG_TRADE,
).when(LOST)
"""Trading is halted until 11:30, and BTC locked for longs until 20:00."""


@pytest.mark.parametrize("reload", [from_history, from_snapshot])
def test_locks_and_halts_survive_a_reload(reload: Callable[[Story], Account]) -> None:
    kept = Story(reload(HALTED_AND_LOCKED), HALTED_AND_LOCKED.past)
    (
        kept.when(period(at(11), opinions=[enter(ETH)]))
        .then_declined("halted", seconds_left=D(1_800))
        .when(period(at(12), opinions=[enter(BTC), enter(ETH)]))
        .then_topics("TradingResumed", "SignalRaised", "SignalRaised", "SignalDeclined",
                     "OrderPlaced")
        .then_fact("SignalDeclined", pair=BTC, reason="locked", numbers={"seconds_left": D(28_800)})
    )  # fmt: skip


@pytest.mark.parametrize("reload", [from_history, from_snapshot])
def test_what_guards_look_back_to_survives_a_reload(reload: Callable[[Story], Account]) -> None:
    story = given(guarded(two_stops(), daily()), MARKED, past_trade(7, at(8)), LONG_TRADE)
    (
        Story(reload(story), story.past)
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
    )


@pytest.mark.parametrize("reload", [from_history, from_snapshot])
def test_the_day_s_equity_survives_a_reload(reload: Callable[[Story], Account]) -> None:
    story = given(guarded(daily()), MARKED, OPEN)
    (
        Story(reload(story), story.past)
        .when(period(at(10), {BTC: "100 100 69 70"}))
        .then_topics("TradingHalted")
    )


@pytest.mark.parametrize("reload", [from_history, from_snapshot])
def test_an_account_is_the_same_after_a_reload(reload: Callable[[Story], Account]) -> None:
    assert reload(HALTED_AND_LOCKED) == HALTED_AND_LOCKED.account


def twice_stopped() -> Story:
    return given(guarded(two_stops()), past_trade(7, at(8, 59)), LONG_TRADE).when(LOST)


THIRD = open_trade(11, ETH, entered=at(12), cash=D(8_946))


def test_a_third_stop_halts_again_when_the_clock_ended_the_halt() -> None:
    resumed = twice_stopped().when(period(at(12)))
    resumed.then_topics("TradingResumed")
    (
        given(resumed.past, THIRD)
        .when(period(at(13), {ETH: CRASH}))
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact("TradingHalted", numbers={"stops": D(3), "trade_limit": D(2)})
    )


def test_guards_forget_what_was_before_the_operator_ended_the_halt() -> None:
    resumed = twice_stopped().when(Resume(*WHO))
    resumed.then_topics("TradingResumed")
    fourth = open_trade(12, XRP, entered=at(12), cash=D(7_944))
    (
        given(resumed.past, THIRD, fourth)
        .when(period(at(13), {ETH: CRASH, XRP: QUIET}))
        .then_topics("StopHit", "TradeClosed")
        .when(period(at(14), {XRP: CRASH}))
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
        .then_fact("TradingHalted", numbers={"stops": D(2), "trade_limit": D(2)})
    )


def test_a_day_s_loss_is_counted_anew_when_the_operator_ended_the_halt() -> None:
    """9,698 when it went on: 9,420 is 0.0286 below, 9,400 more than 0.03."""
    (
        given(guarded(daily()), MARKED, OPEN)
        .when(period(at(10), {BTC: "100 100 69 70"}))
        .when(Resume(*WHO))
        .when(period(at(11), {BTC: "70 71 69 70"}))
        .then_topics("EquityMarked")
        .then_fact("EquityMarked", day=DAY, equity=D(9_698))
        .when(period(at(12), {BTC: "70 71 40 42.2"}))
        .then_nothing()
        .when(period(at(13), {BTC: "42 42 40 40.2"}))
        .then_fact("TradingHalted", why="daily_loss", until=at(24))
    )


def test_a_drawdown_is_counted_anew_when_the_operator_ended_the_halt() -> None:
    (
        given(guarded(drawdown()), *ETH_AFTER_PROFIT)
        .when(period(at(10), {ETH: "100 100 79 79.9"}))
        .when(Resume(*WHO))
        .when(period(at(11), {ETH: "79 80 60 61"}))
        .then_nothing()
    )


def test_guards_remember_when_the_operator_ends_a_pause_or_a_lock() -> None:
    locked = MarketLocked(at(9), "main", *WHO, 1, None, BTC, None, {})
    (
        given(guarded(two_stops()), past_trade(7, at(8)), LONG_TRADE, locked)
        .when(Pause(*WHO), Resume(*WHO), UnlockMarket(*WHO, pair=BTC), moment=period(at(9)))
        .then_topics("AccountPaused", "AccountResumed", "MarketUnlocked")
        .when(LOST)
        .then_topics("StopHit", "TradeClosed", "TradingHalted")
    )
