"""Every signal leads to an order or to a reason, with the numbers behind it."""

from decimal import Decimal

import pytest

from domain.account.facts import AccountFact, AccountPaused, MarketLocked, TradingHalted
from domain.account.period import Opinion
from domain.account.terms import ExitPlan, Terms
from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    OPENED,
    RULES,
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


SHORT = enter(side="short", stop=D(105), target=D(90))


def test_a_short_is_declined_where_shorts_are_off() -> None:
    given(OPENED).when(period(at(9), opinions=[SHORT])).then_declined("short_not_allowed")


def test_a_short_is_ordered_where_shorts_are_on() -> None:
    (
        given(opened(terms=Terms(shorts=True)))
        .when(period(at(9), opinions=[SHORT]))
        .then_topics("SignalRaised", "OrderPlaced")
        .then_fact("OrderPlaced", side="short", stop=D(105), target=D(90), quantity=D(10))
    )


def test_a_market_that_is_delisted_is_declined() -> None:
    gone = period(at(9), opinions=[enter()], delisted={BTC})
    given(OPENED).when(gone).then_declined("not_listed")


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


def answers(story: Story) -> list[tuple[str, str]]:
    """Which market was ordered in, and which declined."""
    found = (fact for fact in story.new if fact.topic in {"OrderPlaced", "SignalDeclined"})
    return [(fact.topic, getattr(fact, "pair", "")) for fact in found]


ONE_PLACE = [
    enter(XRP, strength=D(3)),
    enter(BTC, strength=D(1)),
    enter(ETH, strength=D("2.5")),
]


def test_where_one_place_is_left_the_first_market_by_name_has_it() -> None:
    story = given(opened(most=1)).when(period(at(9), opinions=ONE_PLACE))
    assert answers(story) == [("OrderPlaced", BTC), ("SignalDeclined", ETH),
                              ("SignalDeclined", XRP)]  # fmt: skip


def test_where_one_place_is_left_the_strongest_has_it_if_that_is_preferred() -> None:
    strongest = opened(most=1, terms=Terms(prefer="strength"))
    story = given(strongest).when(period(at(9), opinions=ONE_PLACE))
    assert answers(story) == [("OrderPlaced", XRP), ("SignalDeclined", ETH),
                              ("SignalDeclined", BTC)]  # fmt: skip


def test_of_equal_strength_the_first_by_name_comes_first_and_none_comes_last() -> None:
    opinions = [enter(BTC), enter(XRP, strength=D(-1)), enter(ETH, strength=D(-1))]
    strongest = opened(most=2, terms=Terms(prefer="strength"))
    story = given(strongest).when(period(at(9), opinions=opinions))
    assert answers(story) == [("OrderPlaced", ETH), ("OrderPlaced", XRP),
                              ("SignalDeclined", BTC)]  # fmt: skip


def test_where_cash_is_short_the_strongest_has_it() -> None:
    strongest = opened(capital=D(1_500), terms=Terms(prefer="strength"))
    story = given(strongest).when(period(at(9), opinions=ONE_PLACE))
    assert answers(story)[0] == ("OrderPlaced", XRP)
    assert [topic for topic, _ in answers(story)[1:]] == ["SignalDeclined"] * 2


def test_exits_come_before_entries_however_strong() -> None:
    strongest = opened(terms=Terms(prefer="strength"))
    story = given(strongest, open_trade(1, XRP)).when(
        period(at(10), opinions=[enter(BTC, strength=D(9)), leave(XRP)])
    )
    assert answers(story) == [("OrderPlaced", XRP), ("OrderPlaced", BTC)]


def test_in_one_market_the_strongest_enters_where_strength_is_preferred() -> None:
    both = [enter(strategy="later", strength=D(2)), enter(strategy="cross", strength=D(1))]
    (
        given(opened(terms=Terms(prefer="strength")))
        .when(period(at(9), opinions=both))
        .then_fact("OrderPlaced", strategy="later")
    )


@pytest.mark.parametrize(
    ("opinion", "valid_until"),
    [(enter(), at(12)), (enter(valid_for=5), at(14)), (enter(valid_for=1), at(10))],
    ids=["the account's", "longer", "shorter"],
)
def test_an_order_is_valid_as_long_as_the_strategy_says_or_else_the_account(
    opinion: Opinion, valid_until: object
) -> None:
    (
        given(opened(terms=Terms(valid_for=3)))
        .when(period(at(9), opinions=[opinion]))
        .then_fact("OrderPlaced", valid_until=valid_until)
    )


def test_a_signal_is_stale_only_when_its_order_would_have_been_over() -> None:
    patient = opened(terms=Terms(valid_for=3))
    in_time = period(at(9), seen_at=at(11, 59), opinions=[enter()])
    too_late = period(at(9), seen_at=at(12), opinions=[enter()])
    given(patient).when(in_time).then_topics("SignalRaised", "OrderPlaced")
    given(patient).when(too_late).then_declined("stale", seconds_late=D(10_800))


@pytest.mark.parametrize(
    ("opinion", "numbers"),
    [
        (enter(limit=D(0)), {"limit": D(0)}),
        (enter(limit=D("0.009")), {"limit": D(0)}),
        (enter(limit=D(-5)), {"limit": D(-5)}),
        (enter(trigger=D(0)), {"trigger": D(0)}),
        (enter(limit=D(99), trigger=D(-1)), {"trigger": D(-1)}),
    ],
    ids=["zero", "under a tick", "negative", "trigger", "stop-limit"],
)
def test_a_limit_or_trigger_that_is_not_above_zero_is_a_bad_price(
    opinion: Opinion, numbers: dict[str, Decimal]
) -> None:
    given(OPENED).when(period(at(9), opinions=[opinion])).then_declined("bad_price", **numbers)


@pytest.mark.parametrize(
    ("opinion", "reason", "numbers"),
    [
        (enter(stop=D(100)), "stop_not_protective", {"stop": D(100), "price": D(100)}),
        (enter(limit=D(94)), "stop_not_protective", {"stop": D(95), "price": D(94)}),
        (enter(trigger=D(105), stop=D(105)), "stop_not_protective",
         {"stop": D(105), "price": D(105)}),
        (enter(limit=D(94), trigger=D(101)), "stop_not_protective",
         {"stop": D(95), "price": D(94)}),
        (enter(limit=D(103), trigger=D(94)), "stop_not_protective",
         {"stop": D(95), "price": D(94)}),
        (enter(target=D(100)), "target_not_profitable", {"target": D(100), "price": D(100)}),
        (enter(limit=D(112), trigger=D(105)), "target_not_profitable",
         {"target": D(110), "price": D(112)}),
        (enter(limit=D(105), trigger=D(111)), "target_not_profitable",
         {"target": D(110), "price": D(111)}),
        (enter(stop=None, exits=ExitPlan(stop_distance=D(100))), "stop_not_protective",
         {"stop": D(0), "price": D(100)}),
        (enter(side="short", stop=D(100), target=D(90)), "stop_not_protective",
         {"stop": D(100), "price": D(100)}),
        (enter(side="short", stop=D(105), target=D(101)), "target_not_profitable",
         {"target": D(101), "price": D(100)}),
        (enter(side="short", stop=D(105), target=None, exits=ExitPlan(target_distance=D(100))),
         "target_not_profitable", {"target": D(0), "price": D(100)}),
    ],
)  # fmt: skip
def test_a_level_on_the_wrong_side_of_the_price_is_declined(
    opinion: Opinion, reason: str, numbers: dict[str, Decimal]
) -> None:
    (
        given(opened(terms=Terms(shorts=True)))
        .when(period(at(9), opinions=[opinion]))
        .then_declined(reason, **numbers)
    )


def test_of_a_stop_limit_a_bad_stop_is_told_before_a_bad_target() -> None:
    """The stop is above the limit, the target below the trigger."""
    opinion = enter(limit=D(102), trigger=D(104), stop=D(103), target=D("103.5"))
    (
        given(OPENED)
        .when(period(at(9), opinions=[opinion]))
        .then_declined("stop_not_protective", stop=D(103), price=D(102))
    )


def test_a_stop_that_is_bad_at_the_trigger_is_told_before_a_target_that_is_bad_at_the_limit() -> (
    None
):
    opinion = enter(limit=D(104), trigger=D(102), stop=D(103), target=D("103.5"))
    (
        given(OPENED)
        .when(period(at(9), opinions=[opinion]))
        .then_declined("stop_not_protective", stop=D(103), price=D(102))
    )


def test_a_plan_s_stop_is_judged_from_the_limit_as_well() -> None:
    """95 would protect at the close; a distance always does."""
    plan = ExitPlan(stop_distance=D(5), target_rate=D("0.1"))
    (
        given(OPENED)
        .when(period(at(9), opinions=[enter(limit=D(94), stop=None, target=None, exits=plan)]))
        .then_fact("OrderPlaced", limit=D(94), stop=None, target=None, exits=plan)
    )


IN_ORDER = [
    "stale", "paused", "halted", "locked", "not_listed", "short_not_allowed", "already_open",
    "max_open_trades", "bad_price", "stop_not_protective", "target_not_profitable", "no_stop",
    "no_volatility", "below_minimum", "insufficient_cash", "max_market_exposure",
    "max_base_exposure", "max_exposure",
]  # fmt: skip


def with_obstacles(wrong: set[str]) -> Story:
    """A signal to enter BTC with all that is wrong; where two cannot be, the first is."""
    has_shorts = "short_not_allowed" not in wrong
    if "no_stop" in wrong:
        sizing, stake = "risk", D("0.00001")
    elif "no_volatility" in wrong:
        sizing, stake = "volatility", D("0.00001")
    else:
        sizing, stake = "quote", D(1) if "below_minimum" in wrong else D(1_000)
    terms = Terms(
        sizing=sizing,  # type: ignore[arg-type]
        shorts=has_shorts,
        reserve=D(1) if "insufficient_cash" in wrong else D(0),
        max_market_exposure=D("0.01") if "max_market_exposure" in wrong else None,
        max_base_exposure=D("0.01") if "max_base_exposure" in wrong else None,
        max_exposure=D("0.01") if "max_exposure" in wrong else None,
    )
    by, why = "operator", "test"
    past: list[AccountFact] = []
    if "paused" in wrong:
        past.append(AccountPaused(at(9), "main", 1, by, why))
    if "halted" in wrong:
        past.append(TradingHalted(at(9), "main", by, why, 1, None, at(12), {}))
    if "locked" in wrong:
        past.append(MarketLocked(at(9), "main", by, why, 1, None, BTC, at(12), {}))
    if "already_open" in wrong:
        past.extend(open_trade(1, BTC, stop=D(1), target=None))
    elif "max_open_trades" in wrong:
        past.extend(open_trade(1, ETH, stop=D(1), target=None))
    up = 1 if has_shorts else -1
    stop = D(100 + up) if "stop_not_protective" in wrong else D(100 - 5 * up)
    opinion = enter(
        side="long" if has_shorts else "short",
        stop=None if "no_stop" in wrong and "stop_not_protective" not in wrong else stop,
        target=D(100 - up) if "target_not_profitable" in wrong else D(100 + 10 * up),
        limit=D(0) if "bad_price" in wrong else None,
    )
    listed = {} if "not_listed" in wrong else RULES
    seen = at(20) if "stale" in wrong else at(10)
    most = 1 if "max_open_trades" in wrong else 5
    return given(opened(stake=stake, most=most, terms=terms), past).when(
        period(at(10), seen_at=seen, opinions=[opinion], markets=listed)
    )


@pytest.mark.parametrize("number", range(len(IN_ORDER)), ids=IN_ORDER)
def test_the_first_reason_that_applies_is_told(number: int) -> None:
    wrong = set(IN_ORDER[number:])
    with_obstacles(wrong).then_fact("SignalDeclined", reason=IN_ORDER[number])


def test_without_any_obstacle_the_signal_is_ordered() -> None:
    with_obstacles(set()).then_topics("SignalRaised", "OrderPlaced")
