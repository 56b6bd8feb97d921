"""What an operator tells an account to do: done, or refused with a reason."""

from decimal import Decimal

import pytest

from domain.account.commands import (
    AdjustCash,
    AnyCommand,
    CancelOrder,
    CommandRefused,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
)
from domain.account.facts import (
    AccountPaused,
    AccountReset,
    AccountResumed,
    CancellationRequested,
    CashAdjusted,
    ExitRequested,
    MarketLocked,
    MarketUnlocked,
    OrderCancelled,
    TradeFrozen,
    TradingHalted,
    TradingResumed,
)
from domain.account.period import Period
from domain.account.terms import FillModel, Terms
from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    OPENED,
    POSITION,
    XRP,
    D,
    Story,
    at,
    candle,
    enter,
    entry_order,
    exit_order,
    given,
    open_trade,
    opened,
    period,
)

BY, WHY = WHO = ("anna", "the news")
CRASH = "100 101 80 82"
QUIET = "100 101 99 100"
WAITING = entry_order(2, ETH, limit=D(90), stop=D(80), valid_for=9)
GONE = TradeFrozen(at(10), "main", 1, BTC, D(97))
HALTED = TradingHalted(at(9), "main", "guard", "stop_streak", None, None, at(12), {})
NOW = period(at(10), seen_at=at(10, 7), history={BTC: [candle("98 99 96 97", at(8))]})
"""Handled is the period up to 10:00, and the exchange's clock says 10:07; BTC was at 97."""


def refusal(story: Story, command: AnyCommand, moment: Period = NOW) -> str:
    """Why the account cannot do that; nothing has happened to it."""
    version = story.account.version
    with pytest.raises(CommandRefused) as refused:
        story.when(command, moment=moment)
    assert story.account.version == version
    return str(refused.value)


def test_a_paused_account_enters_nothing_until_it_is_resumed() -> None:
    (
        given(OPENED)
        .when(Pause(*WHO), moment=NOW)
        .then(AccountPaused(at(10, 7), "main", POSITION, BY, WHY))
        .when(period(at(11), opinions=[enter()]))
        .then_declined("paused")
        .when(Resume(*WHO), moment=period(at(11), seen_at=at(11, 1)))
        .then(AccountResumed(at(11, 1), "main", POSITION, BY, WHY))
        .when(period(at(12), opinions=[enter()]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_pause_cancels_waiting_entries_when_they_have_had_the_candle_that_formed() -> None:
    (
        given(OPENED, WAITING)
        .when(Pause(*WHO), moment=NOW)
        .when(period(at(11), {ETH: QUIET}))
        .then(OrderCancelled(at(11), "main", 2, ETH, 2, "enter", "paused"))
    )


def test_nobody_escapes_a_fill_by_a_pause_within_its_candle() -> None:
    (
        given(OPENED, WAITING)
        .when(Pause(*WHO), moment=NOW)
        .when(period(at(11), {ETH: "95 96 89 94"}))
        .then_topics("OrderFilled", "TradeOpened")
    )


def test_open_trades_and_their_exits_go_on_while_an_account_is_paused() -> None:
    (
        given(OPENED, LONG_TRADE, open_trade(2, ETH, cash=D(7_996)), exit_order(2, ETH))
        .when(Pause(*WHO), moment=NOW)
        .when(period(at(11), {BTC: CRASH, ETH: QUIET}))
        .then_topics("OrderFilled", "TradeClosed", "StopHit", "TradeClosed")
    )


def test_a_paused_account_is_not_paused_twice() -> None:
    paused = AccountPaused(at(9), "main", 1, BY, WHY)
    assert refusal(given(OPENED, paused), Pause(*WHO)) == "account 'main' is paused already"


def test_to_resume_ends_a_pause_and_every_halt() -> None:
    paused = AccountPaused(at(9), "main", 1, BY, WHY)
    longs = TradingHalted(at(9), "main", "guard", "stop_streak", None, "long", at(12), {})
    (
        given(OPENED, paused, HALTED, longs)
        .when(Resume(*WHO), moment=NOW)
        .then(
            AccountResumed(at(10, 7), "main", POSITION, BY, WHY),
            TradingResumed(at(10, 7), "main", BY, WHY, POSITION, None),
            TradingResumed(at(10, 7), "main", BY, WHY, POSITION, "long"),
        )
        .when(period(at(11), opinions=[enter()]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_an_account_that_trades_is_not_resumed() -> None:
    told = "account 'main' is neither paused nor halted"
    assert refusal(given(OPENED), Resume(*WHO)) == told


def test_a_trade_is_exited_at_the_next_open_and_not_in_the_candle_that_forms() -> None:
    story = (
        given(OPENED, LONG_TRADE)
        .when(ExitTrade(*WHO, trade=1), moment=NOW)
        .then_topics("ExitRequested", "OrderPlaced")
        .then_fact("OrderPlaced", at=at(10, 7), seen_at=at(10, 7), trade=1, order=2, pair=BTC,
                   side="long", purpose="exit", type="market", quantity=D(10), reserved=D(0),
                   valid_until=None, time_in_force="gtc", reason="operator")
    )  # fmt: skip
    assert story.new[0] == ExitRequested(at(10, 7), "main", 1, BTC, None, POSITION, BY, WHY)
    (
        story.when(period(at(11), {BTC: QUIET}))
        .then_nothing()
        .when(period(at(12), {BTC: "103 104 90 91"}))
        .then_topics("OrderFilled", "TradeClosed")
        .then_fact("TradeClosed", at=at(11), exit_price=D(103), exit_reason="operator")
    )


def test_a_stop_in_the_candle_that_forms_comes_before_the_operator_s_exit() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(ExitTrade(*WHO, trade=1), moment=NOW)
        .when(period(at(11), {BTC: CRASH}))
        .then_topics("StopHit", "OrderCancelled", "TradeClosed")
        .then_fact("OrderCancelled", order=2, purpose="exit", reason="trade_closed")
        .then_fact("TradeClosed", exit_reason="stop")
    )


def test_an_exit_is_for_what_of_the_trade_is_left() -> None:
    """Of a volume of 1 a half was let through to the exit that was taken back."""
    thin = opened(terms=Terms(fills=FillModel(volume_share=D("0.5"))))
    (
        given(thin, LONG_TRADE, exit_order())
        .when(CancelOrder(*WHO, order=11), moment=NOW)
        .when(period(at(11), {BTC: QUIET}))
        .then_topics("OrderPartlyFilled", "TradeReduced", "OrderCancelled")
        .when(ExitTrade(*WHO, trade=1), moment=period(at(11)))
        .then_fact("OrderPlaced", quantity=D("9.5"))
    )


def test_a_trade_that_is_not_open_is_not_exited() -> None:
    told = "trade 4 of account 'main' is not open"
    assert refusal(given(OPENED, LONG_TRADE), ExitTrade(*WHO, trade=4)) == told


def test_a_trade_whose_exit_waits_is_not_exited_again() -> None:
    told = "the exit of trade 1 is ordered already"
    assert refusal(given(OPENED, LONG_TRADE, exit_order()), ExitTrade(*WHO, trade=1)) == told


def test_a_frozen_trade_is_not_exited() -> None:
    told = "the market of trade 1 is gone: settle it instead"
    assert refusal(given(OPENED, LONG_TRADE, GONE), ExitTrade(*WHO, trade=1)) == told


def test_a_frozen_trade_is_settled_at_a_price_without_a_fee() -> None:
    """8,998 and 10 at 42.5; the entry's fee was 2."""
    story = (
        given(OPENED, LONG_TRADE, GONE)
        .when(SettleTrade(*WHO, trade=1, price=D("42.5")), moment=NOW)
        .then_topics("ExitRequested", "TradeClosed")
        .then_fact("TradeClosed", at=at(10, 7), exit_price=D("42.5"), exit_reason="delisted",
                   fees=D(2), profit=D(-577), cash=D(9_423), risk=D(50), r_multiple=D("-11.54"),
                   duration=4_020, caught_up=False, shortfall=D(0))
    )  # fmt: skip
    assert story.new[0] == ExitRequested(at(10, 7), "main", 1, BTC, D("42.5"), POSITION, BY, WHY)


def test_a_frozen_trade_is_settled_at_its_last_price_where_none_is_given() -> None:
    (
        given(OPENED, LONG_TRADE, GONE)
        .when(SettleTrade(*WHO, trade=1), moment=NOW)
        .then_fact("ExitRequested", price=D(97))
        .then_fact("TradeClosed", exit_price=D(97), profit=D(-32))
    )


def test_a_settled_trade_s_exit_order_is_cancelled() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order(), GONE)
        .when(SettleTrade(*WHO, trade=1), moment=NOW)
        .then_topics("ExitRequested", "OrderCancelled", "TradeClosed")
        .then_fact("OrderCancelled", order=11, purpose="exit", reason="trade_closed")
    )


def test_a_short_that_is_settled_beyond_its_backing_says_what_was_not_covered() -> None:
    """10 sold at 100 are bought for 2,500: 1,500 lost, of which 1,000 were set aside."""
    short = open_trade(side="short", stop=D(105), target=D(90))
    (
        given(opened(terms=Terms(shorts=True)), short, GONE)
        .when(SettleTrade(*WHO, trade=1, price=D(250)), moment=NOW)
        .then_fact("TradeClosed", profit=D(-1_502), shortfall=D(500), cash=D(8_498))
    )


def test_a_settled_market_s_place_is_free_again() -> None:
    (
        given(opened(most=1), LONG_TRADE, GONE)
        .when(SettleTrade(*WHO, trade=1), moment=NOW)
        .when(period(at(11), opinions=[enter(ETH)]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_trade_whose_market_is_there_is_not_settled() -> None:
    told = "trade 1 is not frozen: exit it instead"
    assert refusal(given(OPENED, LONG_TRADE), SettleTrade(*WHO, trade=1, price=D(50))) == told


def test_a_trade_that_is_not_open_is_not_settled() -> None:
    told = "trade 4 of account 'main' is not open"
    assert refusal(given(OPENED, LONG_TRADE), SettleTrade(*WHO, trade=4)) == told


@pytest.mark.parametrize(
    "price",
    [
        "-3",
        "0",
    ],
)  # fmt: skip
def test_a_trade_is_settled_above_zero(price: str) -> None:
    frozen = given(OPENED, LONG_TRADE, GONE)
    told = refusal(frozen, SettleTrade(*WHO, trade=1, price=D(price)))
    assert told == f"a trade is settled at a number above zero, not at {price}"


@pytest.mark.parametrize("price", ["NaN", "Infinity"])
def test_a_trade_is_settled_at_a_number(price: str) -> None:
    refusal(given(OPENED, LONG_TRADE, GONE), SettleTrade(*WHO, trade=1, price=D(price)))


def test_an_order_is_cancelled_when_it_has_had_the_candle_that_formed() -> None:
    (
        given(OPENED, WAITING)
        .when(CancelOrder(*WHO, order=2), moment=NOW)
        .then(CancellationRequested(at(10, 7), "main", 2, ETH, 2, POSITION, BY, WHY))
        .when(period(at(11), {ETH: QUIET}))
        .then(OrderCancelled(at(11), "main", 2, ETH, 2, "enter", "operator"))
    )


def test_an_order_that_fills_in_the_candle_that_formed_is_not_cancelled() -> None:
    (
        given(OPENED, WAITING)
        .when(CancelOrder(*WHO, order=2), moment=NOW)
        .when(period(at(11), {ETH: "95 96 89 94"}))
        .then_topics("OrderFilled", "TradeOpened")
        .when(period(at(12), {ETH: QUIET}))
        .then_nothing()
    )


def test_an_order_that_is_over_before_it_is_cancelled_has_expired() -> None:
    (
        given(OPENED, entry_order(2, ETH, placed=at(10), limit=D(90), stop=D(80)))
        .when(CancelOrder(*WHO, order=2), moment=NOW)
        .when(period(at(11), {ETH: QUIET}))
        .then_topics("OrderExpired")
    )


def test_an_exit_order_is_cancelled_and_the_trade_goes_on() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(CancelOrder(*WHO, order=11), moment=NOW)
        .when(period(at(11)))
        .then(OrderCancelled(at(11), "main", 1, BTC, 11, "exit", "operator"))
        .when(period(at(12), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed")
    )


def test_an_order_that_does_not_wait_is_not_cancelled() -> None:
    told = "order 1 of account 'main' is not waiting"
    assert refusal(given(OPENED, LONG_TRADE), CancelOrder(*WHO, order=1)) == told


def test_an_order_is_not_cancelled_twice() -> None:
    asked = given(OPENED, WAITING).when(CancelOrder(*WHO, order=2), moment=NOW)
    told = "order 2 is about to be cancelled already"
    assert refusal(asked, CancelOrder(*WHO, order=2)) == told


def test_a_market_is_locked_up_to_a_moment() -> None:
    (
        given(OPENED)
        .when(LockMarket(*WHO, pair=BTC, until=at(12)), moment=NOW)
        .then(MarketLocked(at(10, 7), "main", BY, WHY, POSITION, None, BTC, at(12), {}))
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_declined("locked", seconds_left=D(3_600))
        .when(period(at(12), opinions=[enter(BTC)]))
        .then_topics("MarketUnlocked", "SignalRaised", "OrderPlaced")
    )


def test_one_side_of_a_market_is_locked() -> None:
    short = enter(BTC, side="short", stop=D(105), target=D(90))
    story = given(opened(terms=Terms(shorts=True))).when(
        LockMarket(*WHO, pair=BTC, side="long"), moment=NOW
    )
    (
        story.then(MarketLocked(at(10, 7), "main", BY, WHY, POSITION, "long", BTC, None, {}))
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_declined("locked")
        .when(period(at(12), opinions=[short]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_lock_leaves_other_markets_alone() -> None:
    (
        given(OPENED)
        .when(LockMarket(*WHO, pair=BTC), moment=NOW)
        .when(period(at(11), opinions=[enter(ETH)]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_lock_may_be_made_longer_and_not_shorter() -> None:
    locked = given(OPENED).when(LockMarket(*WHO, pair=BTC, until=at(12)), moment=NOW)
    for until in (at(11), at(12)):
        command = LockMarket(*WHO, pair=BTC, until=until)
        assert refusal(locked, command) == "BTC/USDT is locked as long already"
    locked.when(LockMarket(*WHO, pair=BTC, until=at(13)), moment=NOW).then_topics("MarketLocked")
    locked.when(LockMarket(*WHO, pair=BTC), moment=NOW).then_topics("MarketLocked")
    assert refusal(locked, LockMarket(*WHO, pair=BTC)) == "BTC/USDT is locked as long already"


@pytest.mark.parametrize("minute", [6, 7])
def test_a_market_is_not_locked_up_to_what_is_past(minute: int) -> None:
    command = LockMarket(*WHO, pair=BTC, until=at(10, minute))
    told = f"2024-01-01 10:0{minute} is past: the clock is 2024-01-01 10:07"
    assert refusal(given(OPENED), command) == told


def test_a_market_that_the_exchange_does_not_have_is_not_locked() -> None:
    told = "binance has no market 'DOGE/USDT'"
    assert refusal(given(OPENED), LockMarket(*WHO, pair="DOGE/USDT")) == told


def test_a_market_is_unlocked() -> None:
    (
        given(OPENED)
        .when(LockMarket(*WHO, pair=BTC, side="long"), moment=NOW)
        .when(UnlockMarket(*WHO, pair=BTC, side="long"), moment=NOW)
        .then(MarketUnlocked(at(10, 7), "main", BY, WHY, POSITION, "long", BTC))
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_guard_s_lock_is_ended_by_the_operator() -> None:
    cooling = MarketLocked(at(9), "main", "guard", "cool_down", None, None, BTC, at(12), {})
    (
        given(OPENED, cooling)
        .when(UnlockMarket(*WHO, pair=BTC), moment=NOW)
        .then_topics("MarketUnlocked")
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_market_that_is_not_locked_is_not_unlocked() -> None:
    command = UnlockMarket(*WHO, pair=BTC)
    assert refusal(given(OPENED), command) == "BTC/USDT any is not locked; none is"
    locked = given(OPENED).when(
        LockMarket(*WHO, pair=XRP), LockMarket(*WHO, pair=BTC, side="short"), moment=NOW
    )
    told = "BTC/USDT any is not locked; BTC/USDT short, XRP/USDT any"
    assert refusal(locked, command) == told


def test_paper_money_is_paid_in() -> None:
    (
        given(OPENED)
        .when(AdjustCash(*WHO, amount=D("250.5")), moment=NOW)
        .then(CashAdjusted(at(10, 7), "main", POSITION, BY, WHY, D("250.5"), D("10250.5")))
    )


def test_what_is_free_may_be_taken_out_and_no_more() -> None:
    """8,998, of which 1,002 are reserved for an order."""
    story = given(OPENED, LONG_TRADE, WAITING)
    told = "only 7996 USDT is free to take out"
    assert refusal(story, AdjustCash(*WHO, amount=D("-7996.01"))) == told
    story.when(AdjustCash(*WHO, amount=D(-7_996)), moment=NOW).then_fact(
        "CashAdjusted", amount=D(-7_996), cash=D(1_002)
    )


@pytest.mark.parametrize(
    "amount", ["0", "NaN", "Infinity", "-Infinity", "1e15", "-1e70", "1e-13", "1e-17000"]
)
def test_an_amount_is_a_number_and_not_zero(amount: str) -> None:
    told = "an amount is a number below 1e15 with at most 12 decimals, and not zero"
    assert refusal(given(OPENED), AdjustCash(*WHO, amount=D(amount))) == told


def test_cash_that_was_taken_out_is_missing_to_the_next_entry() -> None:
    (
        given(OPENED)
        .when(AdjustCash(*WHO, amount=D(-9_500)), moment=NOW)
        .when(period(at(11), opinions=[enter()]))
        .then_declined("insufficient_cash", needed=D(1_002), free_cash=D(500))
    )


def test_a_reset_cancels_orders_and_closes_trades_at_their_last_price_with_the_taker_s_fee() -> (
    None
):
    """BTC at 97: 10 of it less a fee of 1.94. ETH at its entry, for no price of it is known."""
    waiting = entry_order(3, XRP, limit=D(90), stop=D(80), valid_for=9)
    eth = open_trade(2, ETH, cash=D(7_996))
    story = (
        given(OPENED, LONG_TRADE, eth, waiting, exit_order(1))
        .when(ResetAccount(*WHO, capital=D(5_000)), moment=NOW)
        .then_topics("OrderCancelled", "OrderCancelled", "TradeClosed", "TradeClosed",
                     "AccountReset")
    )  # fmt: skip
    first, second, btc, ether, anew = story.new
    assert first == OrderCancelled(at(10, 7), "main", 3, XRP, 3, "enter", "reset")
    assert second == OrderCancelled(at(10, 7), "main", 1, BTC, 11, "exit", "reset")
    assert closing(btc) == (1, D(97), "reset", D("3.94"), D("-33.94"), D("8964.06"))
    assert closing(ether) == (2, D(100), "reset", D(4), D(-4), D("9962.06"))
    assert anew == AccountReset(at(10, 7), "main", POSITION, BY, WHY, 2, D(5_000))
    assert story.account.cash == story.account.free_cash == D(5_000)


def closing(fact: object) -> tuple[object, ...]:
    names = ("trade", "exit_price", "exit_reason", "fees", "profit", "cash")
    return tuple(getattr(fact, name) for name in names)


def test_a_reset_without_a_capital_begins_with_that_of_the_last_beginning() -> None:
    story = given(OPENED).when(AdjustCash(*WHO, amount=D(500)), ResetAccount(*WHO), moment=NOW)
    story.then_fact("AccountReset", epoch=2, capital=D(10_000))
    anew = story.when(ResetAccount(*WHO, capital=D(700)), ResetAccount(*WHO), moment=NOW)
    assert [getattr(fact, "epoch", 0) for fact in anew.new] == [3, 4]
    assert [getattr(fact, "capital", 0) for fact in anew.new] == [D(700), D(700)]


def test_a_reset_ends_locks_and_halts() -> None:
    (
        given(OPENED, HALTED)
        .when(LockMarket(*WHO, pair=BTC), ResetAccount(*WHO), moment=NOW)
        .then_topics("MarketLocked", "AccountReset")
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


def test_a_reset_closes_frozen_trades_as_well() -> None:
    (
        given(OPENED, LONG_TRADE, GONE)
        .when(ResetAccount(*WHO), moment=NOW)
        .then_topics("TradeClosed", "AccountReset")
        .then_fact("TradeClosed", exit_price=D(97), exit_reason="reset")
    )


def test_numbers_of_trades_and_orders_go_on_in_the_new_epoch() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(ResetAccount(*WHO), moment=NOW)
        .when(period(at(11), opinions=[enter(BTC)]))
        .then_fact("OrderPlaced", trade=2, order=2)
    )


@pytest.mark.parametrize("capital", ["0", "-1", "NaN", "Infinity", "1e999999", "1e-30"])
def test_a_capital_is_a_number_above_zero(capital: str) -> None:
    told = "an amount is a number below 1e15 with at most 12 decimals, and above zero"
    assert refusal(given(OPENED, LONG_TRADE), ResetAccount(*WHO, capital=D(capital))) == told


@pytest.mark.parametrize(
    "command",
    [
        Pause(*WHO),
        Resume(*WHO),
        ExitTrade(*WHO, trade=1),
        CancelOrder(*WHO, order=2),
        LockMarket(*WHO, pair=BTC),
        UnlockMarket(*WHO, pair=XRP),
        AdjustCash(*WHO, amount=D(1)),
        ResetAccount(*WHO),
    ],
    ids=lambda command: type(command).__name__,
)
def test_every_command_says_who_why_and_what_had_been_handled(command: AnyCommand) -> None:
    locked = MarketLocked(at(9), "main", *WHO, 1, None, XRP, None, {})
    story = given(OPENED, LONG_TRADE, WAITING, HALTED, locked).when(command, moment=NOW)
    said = [fact for fact in story.new if hasattr(fact, "by")]
    assert said
    for fact in said:
        told = (fact.at, getattr(fact, "by", ""), getattr(fact, "why", ""))
        assert told == (at(10, 7), BY, WHY)
        assert getattr(fact, "market_position", 0) == POSITION


@pytest.mark.parametrize("amount", [D(250), D(-250)])
def test_a_command_does_not_move_what_is_open(amount: Decimal) -> None:
    story = given(OPENED, LONG_TRADE, WAITING)
    trades, orders = list(story.account.trades.values()), list(story.account.orders.values())
    told = story.when(AdjustCash(*WHO, amount=amount), LockMarket(*WHO, pair=ETH), moment=NOW)
    assert list(told.account.trades.values()) == trades
    assert list(told.account.orders.values()) == orders
