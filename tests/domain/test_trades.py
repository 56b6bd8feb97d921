"""How trades end: fees, cash, excursions, and candles that come late."""

from decimal import Context, getcontext, localcontext, setcontext

from domain.values import MONEY
from tests.scenario import (
    BTC,
    LONG_TRADE,
    OPENED,
    D,
    at,
    candle,
    enter,
    entry_order,
    exit_order,
    given,
    open_trade,
    period,
)

QUIET = "100 101 99 100"
CRASH = "100 101 80 82"


def test_a_stop_pays_the_taker_fee_and_gives_back_the_rest() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), {BTC: CRASH}))
        .then_fact("StopHit", at=at(11), price=D(95), stop=D(95), fee=D("1.9"), quantity=D(10))
        .then_fact("TradeClosed", fees=D("3.9"), profit=D("-53.9"), cash=D("9946.1"), at=at(11))
    )


def test_a_target_pays_the_maker_fee() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), {BTC: "100 111 99 110"}))
        .then_fact("TargetHit", price=D(110), target=D(110), fee=D("1.1"))
        .then_fact("TradeClosed", fees=D("3.1"), profit=D("96.9"), cash=D("10096.9"))
    )


def test_an_exit_at_the_open_is_dated_at_the_open() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), {BTC: "90 96 88 92"}))
        .then_fact("StopHit", at=at(10))
        .then_fact("TradeClosed", at=at(10), entered_at=at(9))
    )


def test_fees_are_rounded_up_to_eight_decimals() -> None:
    (
        given(OPENED, entry_order(quantity=D("0.00001")))
        .when(period(at(10), {BTC: "100.01 101 99 100"}))
        .then_fact("OrderFilled", fee=D("0.00000201"))
    )


def test_a_trade_without_stop_and_target_stays_open() -> None:
    (
        given(OPENED, open_trade(stop=None, target=None))
        .when(period(at(11), {BTC: "50 900 1 500"}))
        .then_nothing()
    )


def test_money_is_exact_whatever_the_thread_s_decimal_context() -> None:
    crash = period(at(11), {BTC: "100 101 80 82"})
    with localcontext(Context(prec=4)):
        imprecise = given(OPENED, LONG_TRADE).when(crash)
    given(OPENED, LONG_TRADE).when(crash).then(*imprecise.new)


def test_a_run_that_computes_in_the_context_of_money_makes_the_same_facts() -> None:
    crash = period(at(11), {BTC: "100 101 80 82"})
    with localcontext():
        setcontext(MONEY)
        within = given(OPENED, LONG_TRADE).when(crash)
        assert getcontext() is MONEY
    given(OPENED, LONG_TRADE).when(crash).then(*within.new)


def test_a_decision_leaves_the_thread_s_decimal_context_as_it_was() -> None:
    usual = getcontext()
    given(OPENED, LONG_TRADE).when(period(at(11), {BTC: CRASH})).then_topics(
        "StopHit", "TradeClosed"
    )
    assert getcontext() is usual


def test_excursions_are_the_extremes_between_entry_and_exit() -> None:
    lived = [
        candle("90 500 1 90", at(8)),
        candle("100 107 98 105", at(9)),
        candle("105 109 96 100", at(10)),
        candle(CRASH, at(11)),
    ]
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(12), {BTC: lived[3]}, history={BTC: lived}))
        .then_fact("TradeClosed", exit_price=D(95), best=D(109), worst=D(95))
    )


def test_an_exit_at_the_open_has_lived_through_the_candle_before_it() -> None:
    lived = [
        candle(QUIET, at(9)),
        candle("100 109 96 104", at(10)),
        candle("105 108 97 100", at(11)),
    ]
    (
        given(OPENED, LONG_TRADE, exit_order(placed=at(11)))
        .when(period(at(12), {BTC: lived[2]}, history={BTC: lived}))
        .then_fact("TradeClosed", exit_price=D(105), best=D(109), worst=D(96))
    )


def test_of_the_exit_s_own_candle_only_the_exit_price_counts() -> None:
    entry = candle("100 108 90 95", at(9))
    (
        given(OPENED, entry_order())
        .when(period(at(10), {BTC: entry}, history={BTC: [entry]}))
        .then_fact("TradeClosed", best=D(100), worst=D(95))
    )


def test_a_late_candle_settles_the_stop_it_reached() -> None:
    late = [(BTC, candle(CRASH, at(10)))]
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(12), {BTC: QUIET}, late=late))
        .then_topics("StopHit", "TradeClosed")
        .then_fact("TradeClosed", at=at(11), exit_price=D(95), caught_up=True)
    )


def test_late_candles_settle_in_time_order() -> None:
    late = [(BTC, candle("100 111 99 110", at(10))), (BTC, candle(CRASH, at(11)))]
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(13), late=late))
        .then_topics("TargetHit", "TradeClosed")
        .then_fact("TradeClosed", at=at(11), exit_price=D(110))
    )


def test_a_late_candle_never_enters() -> None:
    late = [(BTC, candle(QUIET, at(9)))]
    (
        given(OPENED, entry_order())
        .when(period(at(10)))
        .then_topics("OrderExpired")
        .when(period(at(11), late=late))
        .then_nothing()
    )


def test_a_late_candle_does_not_fill_an_order_that_still_waits() -> None:
    late = [(BTC, candle("100 101 99 100", at(9)))]
    given(OPENED, entry_order()).when(period(at(10), late=late)).then_topics("OrderExpired")


def test_a_late_candle_before_the_entry_does_nothing() -> None:
    late = [(BTC, candle(CRASH, at(8)))]
    given(OPENED, LONG_TRADE).when(period(at(11), {BTC: QUIET}, late=late)).then_nothing()


def test_a_late_candle_fills_the_exit_order_that_waited_for_it() -> None:
    late = [(BTC, candle("103 104 80 82", at(10)))]
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(12), {BTC: "70 71 69 70"}, late=late))
        .then_topics("OrderFilled", "TradeClosed")
        .then_fact("OrderFilled", at=at(10), price=D(103))
        .then_fact("TradeClosed", exit_price=D(103), exit_reason="signal", caught_up=True)
    )


def test_a_late_candle_from_before_an_exit_order_stops_the_trade_and_cancels_the_order() -> None:
    late = [(BTC, candle(CRASH, at(10)))]
    (
        given(OPENED, LONG_TRADE, exit_order(placed=at(12)))
        .when(period(at(13), {BTC: QUIET}, late=late))
        .then_topics("StopHit", "OrderCancelled", "TradeClosed")
        .then_fact("OrderCancelled", reason="trade_closed", purpose="exit")
    )


def test_what_is_settled_after_the_next_period_was_over_says_so() -> None:
    crashed = period(at(11), {BTC: CRASH}, seen_at=at(12))
    given(OPENED, LONG_TRADE).when(crashed).then_fact("TradeClosed", caught_up=True)


def test_an_exit_order_that_fills_after_the_next_period_was_over_says_so() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(11), {BTC: QUIET}, seen_at=at(15)))
        .then_fact("TradeClosed", exit_reason="signal", caught_up=True)
    )


def test_what_is_settled_in_time_is_not_caught_up() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), {BTC: CRASH}, seen_at=at(11, 59)))
        .then_fact("TradeClosed", caught_up=False)
    )


def test_a_market_may_be_entered_again_when_its_trade_is_closed() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), {BTC: CRASH}, opinions=[enter(close=D(82), stop=D(70))]))
        .then_topics("StopHit", "TradeClosed", "SignalRaised", "OrderPlaced")
        .then_fact("OrderPlaced", trade=2, order=2)
    )


def test_a_candle_that_opened_before_the_entry_cannot_end_the_trade() -> None:
    entered = open_trade(entered=at(9, 30))
    given(OPENED, entered).when(period(at(10), {BTC: CRASH})).then_nothing()
