"""Every signal leads to an order or to a reason, with the numbers behind it."""

import pytest

from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    OPENED,
    RULES,
    XRP,
    D,
    at,
    enter,
    entry_order,
    exit_order,
    given,
    leave,
    open_trade,
    opened,
    period,
    rules,
)


def test_an_enter_signal_becomes_an_order_for_the_stake() -> None:
    (
        given(OPENED)
        .when(period(at(9), opinions=[enter(close=D(300), stop=D("290.017"), target=D("330.011"))]))
        .then_topics("SignalRaised", "OrderPlaced")
        .then_fact("SignalRaised", trade=1, at=at(9), stop=D("290.017"), target=D("330.011"))
        .then_fact(
            "OrderPlaced",
            at=at(9),
            trade=1,
            order=1,
            quantity=D("3.33333"),
            reserved=D("1001.998998"),
            valid_until=at(10),
            stop=D("290.01"),
            target=D("330.02"),
        )
    )


def test_an_order_may_have_neither_stop_nor_target() -> None:
    (
        given(OPENED)
        .when(period(at(9), opinions=[enter(stop=None, target=None)]))
        .then_fact("OrderPlaced", stop=None, target=None)
    )


def test_an_exit_signal_becomes_an_order_for_the_whole_trade_without_an_end() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), opinions=[leave()]))
        .then_topics("SignalRaised", "OrderPlaced")
        .then_fact("OrderPlaced", purpose="exit", quantity=D(10), valid_until=None, reserved=D(0))
    )


@pytest.mark.parametrize(
    "opinion", [leave(ETH), leave(side="short"), leave(strategy="another")], ids=str
)
def test_an_exit_opinion_without_such_a_trade_is_no_signal(opinion: object) -> None:
    given(OPENED, LONG_TRADE).when(period(at(10), opinions=[opinion])).then_nothing()  # type: ignore[list-item]


def test_signals_come_by_market_and_exits_before_entries() -> None:
    story = (
        given(OPENED, open_trade(1, ETH))
        .when(period(at(10), opinions=[enter(XRP), leave(ETH), enter(BTC)]))
        .then_topics("SignalRaised", "SignalRaised", "SignalRaised", *["OrderPlaced"] * 3)
    )
    assert [getattr(fact, "pair", "") for fact in story.new[3:]] == [ETH, BTC, XRP]


def test_a_declined_signal_keeps_its_number_to_itself() -> None:
    (
        given(opened(stake=D(1)))
        .when(period(at(9), opinions=[enter()]))
        .when(period(at(10), opinions=[enter()]))
        .then_fact("SignalRaised", trade=2)
    )


def test_a_signal_that_is_seen_when_its_time_is_over_is_stale() -> None:
    seen = period(at(9), seen_at=at(10), opinions=[enter()])
    given(OPENED).when(seen).then_declined("stale", seconds_late=D(3600))


def test_a_signal_that_is_seen_within_its_time_is_not_stale() -> None:
    seen = period(at(9), seen_at=at(9, 59), opinions=[enter()])
    given(OPENED).when(seen).then_topics("SignalRaised", "OrderPlaced")


def test_an_exit_is_never_stale() -> None:
    seen = period(at(10), seen_at=at(20), opinions=[leave()])
    given(OPENED, LONG_TRADE).when(seen).then_topics("SignalRaised", "OrderPlaced")


def test_a_market_that_is_not_listed_is_declined() -> None:
    given(OPENED).when(period(at(9), opinions=[enter()], markets={})).then_declined("not_listed")


def test_a_short_is_declined() -> None:
    short = enter(side="short", stop=D(105), target=D(90))
    given(OPENED).when(period(at(9), opinions=[short])).then_declined("short_not_allowed")


def test_a_market_with_an_open_trade_is_declined() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), opinions=[enter()]))
        .then_declined("already_open")
    )


def test_a_market_with_a_waiting_order_is_declined() -> None:
    account = opened(frame="15m")
    given(account, entry_order()).when(period(at(9), opinions=[enter()])).then_declined(
        "already_open"
    )


def test_of_two_strategies_on_one_market_the_first_by_name_enters() -> None:
    both = [enter(strategy="later"), enter(strategy="cross")]
    (
        given(OPENED)
        .when(period(at(9), opinions=both))
        .then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "SignalDeclined")
        .then_fact("OrderPlaced", strategy="cross", trade=1)
        .then_fact("SignalDeclined", trade=2, reason="already_open")
    )


def test_no_more_trades_are_open_or_ordered_than_allowed() -> None:
    (
        given(opened(most=2), open_trade(1, ETH))
        .when(period(at(10), opinions=[enter(BTC), enter(XRP)]))
        .then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "SignalDeclined")
        .then_fact("OrderPlaced", pair=BTC)
        .then_fact(
            "SignalDeclined", pair=XRP, reason="max_open_trades", numbers={"max_open_trades": D(2)}
        )
    )


@pytest.mark.parametrize("stop", [D(100), D(101), D("0.001"), D(-1)])
def test_a_stop_that_does_not_protect_is_declined(stop: object) -> None:
    story = given(OPENED).when(period(at(9), opinions=[enter(stop=stop)]))  # type: ignore[arg-type]
    story.then_fact("SignalDeclined", reason="stop_not_protective")


def test_a_stop_just_below_the_close_protects() -> None:
    (
        given(OPENED)
        .when(period(at(9), opinions=[enter(stop=D("99.999"))]))
        .then_fact("OrderPlaced", stop=D("99.99"))
    )


def test_an_order_below_the_least_notional_is_declined() -> None:
    (
        given(opened(stake=D("4.99")))
        .when(period(at(9), opinions=[enter()]))
        .then_declined(
            "below_minimum",
            quantity=D("0.0499"),
            min_quantity=D("0.00001"),
            notional=D("4.99"),
            min_notional=D(5),
        )
    )


@pytest.mark.parametrize("rule", [{"min_quantity": D(11)}, {"lot": D(11), "min_quantity": D(0)}])
def test_an_order_below_the_least_quantity_is_declined(rule: dict[str, object]) -> None:
    market = {BTC: rules(BTC, **rule)}  # type: ignore[arg-type]
    (
        given(OPENED)
        .when(period(at(9), opinions=[enter()], markets=market))
        .then_fact("SignalDeclined", reason="below_minimum")
    )


def test_an_order_that_free_cash_does_not_cover_is_declined() -> None:
    (
        given(opened(capital=D(2_000)))
        .when(period(at(9), opinions=[enter(BTC), enter(ETH)]))
        .then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "SignalDeclined")
        .then_fact(
            "SignalDeclined",
            pair=ETH,
            reason="insufficient_cash",
            numbers={"needed": D(1_002), "free_cash": D(998)},
        )
    )


def test_an_exit_is_not_ordered_twice() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(11), opinions=[leave()]))
        .then_declined("exit_waiting")
        .then_fact("SignalDeclined", purpose="exit", trade=1)
    )


def test_rules_apply_as_they_are_on_the_day() -> None:
    coarse = {**RULES, BTC: rules(BTC, tick=D("0.5"), lot=D("0.1"))}
    (
        given(OPENED)
        .when(
            period(
                at(9),
                opinions=[enter(close=D(300), stop=D("290.7"), target=D("330.1"))],
                markets=coarse,
            )
        )
        .then_fact("OrderPlaced", quantity=D("3.3"), stop=D("290.5"), target=D("330.5"))
    )
