"""What changes of account, strategy and market do to open trades and waiting orders."""

from decimal import Decimal

import msgspec
import pytest

from domain.account.commands import SettleTrade
from domain.account.facts import (
    AccountConfigured,
    StrategyDeployed,
    StrategyWithdrawn,
    TradeFrozen,
    TradeThawed,
)
from domain.account.state import Order
from domain.account.terms import USUAL_TERMS, ExitPlan, FillModel, Guard, Terms
from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    OPENED,
    RULES,
    XRP,
    D,
    Tape,
    at,
    candle,
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

WHO = ("operator", "test")
CRASH = "100 101 80 82"
QUIET = "100 101 99 100"
THREE_HOURS = ExitPlan(time_stop=3)


def configured(
    terms: Terms = USUAL_TERMS,
    *,
    stake: Decimal = Decimal(1_000),
    most: int = 3,
    pairs: tuple[str, ...] = (BTC, ETH, XRP),
) -> AccountConfigured:
    """The account gets other rules at half past nine."""
    return AccountConfigured(
        at(9, 30), "main", "1h", stake, most, list(pairs), 1, *WHO, terms=terms
    )


def deployed(frame: str = "1h") -> StrategyDeployed:
    """The strategy gets other parameters and code at half past nine."""
    return StrategyDeployed(
        at(9, 30), "main", "cross", frame, {"fast": D(5)}, "11" * 32, 1, *WHO
    )  # fmt: skip


WITHDRAWN = StrategyWithdrawn(at(9, 30), "main", "cross", 1, *WHO)


def test_an_open_trade_keeps_its_levels_when_the_account_is_configured_anew() -> None:
    plan = ExitPlan(stop_distance=D(1), target_distance=D(1), trail_distance=D(1), time_stop=1)
    (
        given(OPENED, LONG_TRADE, configured(Terms(exits=plan), stake=D(1)))
        .when(period(at(10), {BTC: "100 109 96 108"}))
        .then_nothing()
        .when(period(at(11), {BTC: "108 111 100 101"}))
        .then_fact("TargetHit", target=D(110), quantity=D(10))
    )


def test_an_open_trade_keeps_its_time_stop_when_the_account_is_configured_anew() -> None:
    timed = open_trade(exits=THREE_HOURS)
    (
        given(OPENED, timed, configured(Terms(exits=ExitPlan(time_stop=1))))
        .when(period(at(10), {BTC: QUIET}), period(at(11), {BTC: QUIET}))
        .then_nothing()
        .when(period(at(12), {BTC: QUIET}))
        .then_fact("OrderPlaced", reason="time")
    )


def test_an_open_trade_is_left_with_the_fills_and_fees_of_today() -> None:
    """The stop at 95 slips by a hundredth, to 94.05; a fee of 1% of 940.5."""
    dear = {**RULES, BTC: rules(BTC, taker=D("0.01"))}
    (
        given(OPENED, LONG_TRADE, configured(Terms(fills=FillModel(slippage_points=D(100)))))
        .when(period(at(10), {BTC: CRASH}, markets=dear))
        .then_fact("StopHit", stop=D(95), price=D("94.05"), fee=D("9.405"), slippage=D("9.5"))
        .then_fact("TradeClosed", fees=D("11.405"), profit=D("-70.905"))
    )


def test_an_open_trade_is_judged_by_the_guards_of_today() -> None:
    cooling = Terms(guards=(Guard("cool_down", stop_duration=60),))
    (
        given(OPENED, LONG_TRADE, configured(cooling))
        .when(period(at(10), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed", "MarketLocked")
    )


def test_guards_of_yesterday_do_not_judge_an_open_trade() -> None:
    cooling = Terms(guards=(Guard("cool_down", stop_duration=60),))
    (
        given(opened(terms=cooling), LONG_TRADE, configured())
        .when(period(at(10), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed")
    )


def test_more_trades_than_are_allowed_now_go_on_and_no_other_comes() -> None:
    (
        given(OPENED, LONG_TRADE, open_trade(2, ETH, cash=D(7_996)), configured(most=1))
        .when(period(at(10), {BTC: QUIET, ETH: QUIET}, opinions=[enter(XRP)]))
        .then_declined("max_open_trades", max_open_trades=D(1))
        .when(period(at(11), {BTC: CRASH, ETH: CRASH}))
        .then_topics("StopHit", "TradeClosed", "StopHit", "TradeClosed")
    )


def test_a_short_goes_on_when_shorts_are_not_allowed_any_more() -> None:
    short = open_trade(side="short", stop=D(105), target=D(90))
    (
        given(opened(terms=Terms(shorts=True)), short, configured())
        .when(period(at(10), {BTC: "100 106 99 104"}))
        .then_topics("StopHit", "TradeClosed")
        .then_fact("StopHit", price=D(105), side="short")
    )


def test_a_trade_in_a_market_that_the_account_does_not_trade_any_more_goes_on() -> None:
    (
        given(OPENED, LONG_TRADE, configured(pairs=(ETH,)))
        .when(period(at(10), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed")
    )


def order_of(pair: str = BTC) -> Order:
    waiting = entry_order(1, pair, limit=D(90), stop=D(80), valid_for=9, exits=THREE_HOURS)
    return given(OPENED, waiting).account.orders[1]


def test_a_waiting_order_keeps_its_prices_plan_and_time_when_configured_anew() -> None:
    waiting = entry_order(1, BTC, limit=D(90), stop=D(80), valid_for=9, exits=THREE_HOURS)
    other = Terms(
        valid_for=1, time_in_force="fok", exits=ExitPlan(stop_distance=D(1)), sizing="quantity"
    )
    story = given(OPENED, waiting, configured(other, stake=D(1)))
    assert story.account.orders[1] == order_of()
    (
        story.when(period(at(10), {BTC: QUIET}))
        .then_nothing()
        .when(period(at(11), {BTC: "95 96 89 94"}))
        .then_fact(
            "TradeOpened", quantity=D(10), entry_price=D(90), stop=D(80), target=D(110),
            exits=THREE_HOURS,
        )
    )  # fmt: skip


def test_a_waiting_order_fills_as_fills_are_today() -> None:
    """A limit that is only touched."""
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    touched = period(at(10), {BTC: "95 96 90 94"})
    given(OPENED, waiting).when(touched).then_nothing()
    (
        given(OPENED, waiting, configured(Terms(fills=FillModel(limit_touch=True))))
        .when(touched)
        .then_topics("OrderFilled", "TradeOpened")
    )


def test_an_open_trade_keeps_its_levels_when_its_strategy_is_deployed_anew() -> None:
    story = given(OPENED, LONG_TRADE)
    before = msgspec.json.encode(story.account.trades)
    again = given(OPENED, LONG_TRADE, deployed())
    assert msgspec.json.encode(again.account.trades) == before
    again.when(period(at(10), {BTC: CRASH})).then_fact("StopHit", stop=D(95))


def test_a_signal_of_the_strategy_as_it_is_now_ends_a_trade_as_before() -> None:
    (
        given(OPENED, LONG_TRADE, deployed())
        .when(period(at(10), {BTC: QUIET}, opinions=[leave()]))
        .then_topics("SignalRaised", "OrderPlaced")
        .when(period(at(11), {BTC: "103 104 102 103"}))
        .then_fact("TradeClosed", exit_price=D(103), exit_reason="signal")
    )


def test_a_time_stop_counts_the_periods_of_the_strategy_as_it_entered() -> None:
    (
        given(OPENED, open_trade(exits=THREE_HOURS), deployed("4h"))
        .when(period(at(11), {BTC: QUIET}))
        .then_nothing()
        .when(period(at(12), {BTC: QUIET}))
        .then_fact("OrderPlaced", reason="time")
    )


def test_a_waiting_entry_stays_when_its_strategy_is_deployed_anew() -> None:
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    given(OPENED, waiting, deployed()).when(period(at(10), {BTC: QUIET})).then_nothing()


def test_a_waiting_entry_is_cancelled_when_its_strategy_is_withdrawn() -> None:
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    (
        given(OPENED, waiting, WITHDRAWN)
        .when(period(at(10), {BTC: QUIET}))
        .then_topics("OrderCancelled")
        .then_fact("OrderCancelled", at=at(10), purpose="enter", reason="withdrawn")
    )


def test_an_entry_of_a_withdrawn_strategy_has_had_the_candle_that_formed() -> None:
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    (
        given(OPENED, waiting, WITHDRAWN)
        .when(period(at(10), {BTC: "95 96 89 94"}))
        .then_topics("OrderFilled", "TradeOpened")
    )


def test_the_entry_of_another_strategy_stays() -> None:
    other = StrategyWithdrawn(at(9, 30), "main", "another", 1, *WHO)
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    given(OPENED, waiting, other).when(period(at(10), {BTC: QUIET})).then_nothing()


@pytest.mark.parametrize(("prices", "ends"), [(CRASH, "StopHit"), ("100 111 99 110", "TargetHit")])
def test_trades_of_a_withdrawn_strategy_keep_stop_and_target(prices: str, ends: str) -> None:
    (
        given(OPENED, LONG_TRADE, WITHDRAWN)
        .when(period(at(10), {BTC: prices}))
        .then_topics(ends, "TradeClosed")
    )


def test_trades_of_a_withdrawn_strategy_keep_their_trailing_and_time_stop() -> None:
    plan = ExitPlan(trail_distance=D(4), time_stop=2)
    (
        given(OPENED, open_trade(exits=plan), WITHDRAWN)
        .when(period(at(10), {BTC: "100 105 102 104"}))
        .then_fact("StopMoved", stop=D(101), kind="trailing_stop")
        .when(period(at(11), {BTC: "104 105 102 104"}))
        .then_topics("OrderPlaced")
        .then_fact("OrderPlaced", reason="time")
    )


LEAVES = opened(terms=Terms(when_withdrawn="exit"))


def test_the_exit_of_a_withdrawn_strategy_s_trades_is_ordered_where_that_is_wanted() -> None:
    (
        given(LEAVES, LONG_TRADE, WITHDRAWN)
        .when(period(at(10), {BTC: QUIET}))
        .then_topics("OrderPlaced")
        .then_fact("OrderPlaced", at=at(10), purpose="exit", reason="withdrawn", quantity=D(10))
        .when(period(at(11), {BTC: "103 104 102 103"}))
        .then_topics("OrderFilled", "TradeClosed")
        .then_fact("TradeClosed", at=at(10), exit_price=D(103), exit_reason="withdrawn")
    )


def test_a_stop_in_the_candle_that_formed_comes_before_the_exit_of_what_was_withdrawn() -> None:
    (
        given(LEAVES, LONG_TRADE, WITHDRAWN)
        .when(period(at(10), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed")
    )


def test_an_exit_that_waits_is_not_ordered_again_when_the_strategy_is_withdrawn() -> None:
    (
        given(LEAVES, LONG_TRADE, exit_order(placed=at(9)), WITHDRAWN)
        .when(period(at(10)))
        .then_nothing()
        .when(period(at(11), {BTC: QUIET}))
        .then_fact("TradeClosed", exit_reason="signal")
    )


def test_what_a_withdrawn_strategy_enters_in_its_last_candle_is_left_again() -> None:
    (
        given(LEAVES, entry_order(), WITHDRAWN)
        .when(period(at(10), {BTC: QUIET}))
        .then_topics("OrderFilled", "TradeOpened", "OrderPlaced")
        .then_fact("OrderPlaced", purpose="exit", reason="withdrawn")
    )


def test_an_open_trade_freezes_at_its_last_price_when_its_market_is_delisted() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), {BTC: "100 101 96 97"}))
        .when(period(at(11), delisted={BTC}, history={BTC: [candle("100 101 96 97", at(9))]}))
        .then(TradeFrozen(at(11), "main", 1, BTC, D(97)))
        .when(period(at(12), delisted={BTC}))
        .then_nothing()
    )


def test_a_trade_of_which_no_price_is_known_freezes_at_its_entry() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), delisted={BTC}))
        .then(TradeFrozen(at(10), "main", 1, BTC, D(100)))
    )


def test_a_frozen_trade_keeps_its_place() -> None:
    (
        given(opened(most=1), LONG_TRADE)
        .when(period(at(10), delisted={BTC}))
        .when(period(at(11), opinions=[enter(ETH)], delisted={BTC}))
        .then_declined("max_open_trades", max_open_trades=D(1))
    )


def test_a_frozen_trade_is_worth_its_last_price() -> None:
    """8,998 + 10 x 97 = 9,968; a tenth of it."""
    known = {BTC: [candle("100 101 96 97", at(9))]}
    share = opened(stake=D("0.1"), terms=Terms(sizing="equity"))
    (
        given(share, LONG_TRADE)
        .when(period(at(11), opinions=[enter(ETH)], delisted={BTC}, history=known))
        .then_fact("OrderPlaced", quantity=D("9.968"))
    )


def test_a_waiting_entry_is_cancelled_when_its_market_is_delisted() -> None:
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    (
        given(OPENED, waiting)
        .when(period(at(10), delisted={BTC}))
        .then_topics("OrderCancelled")
        .then_fact("OrderCancelled", at=at(10), reason="delisted", purpose="enter")
    )


def test_another_market_s_entry_and_trade_go_on() -> None:
    waiting = entry_order(limit=D(90), stop=D(80), valid_for=9)
    (
        given(OPENED, waiting, open_trade(2, ETH))
        .when(period(at(10), {BTC: QUIET, ETH: CRASH}, delisted={XRP}))
        .then_topics("StopHit", "TradeClosed")
    )


def test_the_exit_order_of_a_frozen_trade_waits_for_its_thaw() -> None:
    (
        given(OPENED, LONG_TRADE, exit_order())
        .when(period(at(11), delisted={BTC}), period(at(12), delisted={BTC}))
        .then_topics("TradeFrozen")
        .when(period(at(200), {BTC: "60 61 59 60"}))
        .then_topics("TradeThawed", "OrderFilled", "TradeClosed")
        .then_fact("TradeClosed", at=at(199), exit_price=D(60), exit_reason="signal")
    )


def test_a_frozen_trade_whose_time_is_over_orders_its_exit_and_waits() -> None:
    (
        given(OPENED, open_trade(exits=THREE_HOURS))
        .when(period(at(10), delisted={BTC}), period(at(12), delisted={BTC}))
        .then_topics("TradeFrozen", "OrderPlaced")
        .when(period(at(13), delisted={BTC}))
        .then_nothing()
    )


def test_a_frozen_trade_thaws_when_its_market_is_listed_again() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), delisted={BTC}))
        .when(period(at(20), {BTC: QUIET}))
        .then(TradeThawed(at(20), "main", 1, BTC))
        .when(period(at(21), {BTC: CRASH}))
        .then_topics("StopHit", "TradeClosed")
    )


def test_a_stop_is_judged_in_the_very_candle_of_the_thaw() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), delisted={BTC}))
        .when(period(at(20), {BTC: "60 61 59 60"}))
        .then_topics("TradeThawed", "StopHit", "TradeClosed")
        .then_fact("StopHit", price=D(60), stop=D(95))
    )


def test_a_late_candle_from_before_the_delisting_still_settles() -> None:
    late = [(BTC, candle(CRASH, at(9)))]
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(11), delisted={BTC}))
        .when(period(at(12), delisted={BTC}, late=late))
        .then_topics("StopHit", "TradeClosed")
        .then_fact("TradeClosed", at=at(10), exit_price=D(95), caught_up=True)
    )


def test_a_trade_freezes_and_thaws_as_often_as_its_market_goes_and_comes() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(
            period(at(10), delisted={BTC}),
            period(at(11), {BTC: QUIET}),
            period(at(12), delisted={BTC}),
        )
        .then_topics("TradeFrozen", "TradeThawed", "TradeFrozen")
    )


def test_a_settled_trade_does_not_thaw() -> None:
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(10), delisted={BTC}))
        .when(SettleTrade(*WHO, trade=1, price=D(80)))
        .then_topics("ExitRequested", "TradeClosed")
        .when(period(at(20), {BTC: QUIET}))
        .then_nothing()
    )


def test_the_best_and_worst_of_a_settled_trade_are_those_it_lived_through() -> None:
    """Up to the close at which it froze."""
    lived = Tape({BTC: [candle("100 109 96 97", at(9)), candle("97 98 90 91", at(10))]})
    moment = msgspec.structs.replace(period(at(12)), history=lived)
    (
        given(OPENED, LONG_TRADE)
        .when(period(at(12), delisted={BTC}))
        .when(SettleTrade(*WHO, trade=1, price=D(80)), moment=moment)
        .then_fact("TradeClosed", best=D(109), worst=D(80))
    )
