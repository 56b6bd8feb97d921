"""Orders wait for their candle, fill at its open, expire or are cancelled."""

from tests.scenario import (
    BTC,
    ETH,
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
    opened,
    period,
)

QUIET = "100 101 99 100"


def test_an_entry_fills_at_the_open_of_the_next_candle_and_pays_the_taker_fee() -> None:
    (
        given(OPENED, entry_order())
        .when(period(at(10), {BTC: "101 102 100 101"}))
        .then_topics("OrderFilled", "TradeOpened")
        .then_fact("OrderFilled", at=at(9), price=D(101), quantity=D(10), fee=D("2.02"))
        .then_fact("TradeOpened", at=at(9), entry_price=D(101), stop=D(95), cash=D("8987.98"))
    )


def test_an_order_expires_when_its_time_is_over_and_no_candle_came() -> None:
    (
        given(OPENED, entry_order())
        .when(period(at(10)))
        .then_fact("OrderExpired", at=at(10), order=1, trade=1, purpose="enter")
    )


def test_a_candle_that_opens_at_valid_until_is_too_late() -> None:
    given(OPENED, entry_order()).when(period(at(11), {BTC: QUIET})).then_topics("OrderExpired")


def test_an_order_waits_within_its_time_for_a_finer_candle() -> None:
    account = opened(frame="15m")
    (
        given(account, entry_order())
        .when(
            period(at(9, 15), frame="15m"),
            period(at(9, 30), {BTC: "102 103 101 102"}, frame="15m"),
        )
        .then_topics("OrderFilled", "TradeOpened")
        .then_fact("TradeOpened", at=at(9, 15), entry_price=D(102))
    )


def test_an_order_does_not_fill_in_a_candle_that_opened_before_it_was_placed() -> None:
    account = opened(frame="15m")
    before = period(at(9), {BTC: QUIET}, seen_at=at(9, 20), frame="15m")
    given(account, entry_order()).when(before).then_nothing()


def test_candles_longer_than_the_strategy_s_timeframe_never_fill_an_order_backwards() -> None:
    account = opened(frame="4h")
    placed = entry_order(placed=at(9))
    (
        given(account, placed)
        .when(period(at(12), {BTC: QUIET}, frame="4h"))
        .then_topics("OrderExpired")
    )


def test_an_order_that_cash_no_longer_covers_takes_what_it_buys() -> None:
    (
        given(opened(capital=D(1_010)), entry_order())
        .when(period(at(10), {BTC: "101 102 100 101"}))
        .then_topics("OrderFilled", "TradeOpened")
        .then_fact("OrderFilled", quantity=D("9.98003"), price=D(101), fee=D("2.01596606"))
        .then_fact("TradeOpened", cash=D("0.00100394"))
    )


def test_an_order_whose_cash_buys_less_than_the_exchange_takes_is_cancelled() -> None:
    (
        given(opened(capital=D("4.5")), entry_order())
        .when(period(at(10), {BTC: "101 102 100 101"}))
        .then_topics("OrderCancelled")
        .then_fact("OrderCancelled", at=at(9), reason="insufficient_cash", purpose="enter")
    )


def test_an_order_may_use_the_last_of_the_cash() -> None:
    (
        given(opened(capital=D(1_002)), entry_order())
        .when(period(at(10), {BTC: QUIET}))
        .then_fact("TradeOpened", cash=D(0))
    )


def test_an_exit_order_waits_through_quiet_periods_until_a_candle_comes() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(11)), period(at(12)), period(at(13), {BTC: "104 105 90 91"}))
        .then_topics("OrderFilled", "TradeClosed")
        .then_fact("OrderFilled", at=at(12), price=D(104), purpose="exit", fee=D("2.08"))
        .then_fact("TradeClosed", at=at(12), exit_price=D(104), exit_reason="signal")
    )


def test_markets_are_settled_in_the_order_of_their_names() -> None:
    story = (
        given(OPENED, entry_order(1, ETH), entry_order(2, BTC))
        .when(period(at(10), {ETH: "100 101 94 95", BTC: QUIET}))
        .then_topics("OrderFilled", "TradeOpened", "OrderFilled", "TradeOpened", "StopHit",
                     "TradeClosed")
    )  # fmt: skip
    assert [getattr(fact, "pair", "") for fact in story.new] == [BTC, BTC, ETH, ETH, ETH, ETH]


def test_all_markets_are_settled_before_any_signal() -> None:
    (
        given(OPENED, open_trade(1, ETH))
        .when(period(at(11), {ETH: "100 101 94 95"}, opinions=[enter(BTC)]))
        .then_topics("StopHit", "TradeClosed", "SignalRaised", "OrderPlaced")
    )


def test_a_period_of_another_timeframe_neither_fills_nor_stops() -> None:
    crash = {BTC: "80 81 70 71", ETH: "80 81 70 71"}
    (
        given(opened(frame="15m"), entry_order(2, ETH), open_trade(1, BTC))
        .when(period(at(11), crash, late=[(BTC, candle("80 81 70 71", at(9, 30)))]))
        .then_nothing()
    )


def test_an_entry_order_waits_through_the_longer_period_s_own_close() -> None:
    signalled = period(at(9), {BTC: QUIET}, opinions=[enter(BTC)])
    (
        given(opened(frame="15m"))
        .when(period(at(9), {BTC: QUIET}, frame="15m"), signalled)
        .then_topics("SignalRaised", "OrderPlaced")
        .when(period(at(9, 15), {BTC: "103 104 102 103"}, frame="15m"))
        .then_fact("TradeOpened", at=at(9), entry_price=D(103))
    )
