"""How much an entry is for: five sizings, cut or declined at cash, reserve and exposures."""

from decimal import Decimal

import pytest

from domain.account.facts import CashAdjusted
from domain.account.period import Opinion
from domain.account.terms import ExitPlan, Sizing, Terms
from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    RULES,
    XRP,
    D,
    Story,
    at,
    enter,
    exit_order,
    given,
    open_trade,
    opened,
    period,
    rules,
)

SWAP = "BTC/USDT:USDT"
"""Another market of the same base."""
FREE = {pair: rules(pair, maker=D(0), taker=D(0)) for pair in (BTC, ETH, XRP, SWAP)}
"""Markets without fees, where an order costs what it is for."""


def sized(sizing: Sizing, stake: str, opinion: Opinion, *, terms: Terms | None = None) -> Story:
    """An account of 10,000 with a sizing hears an opinion."""
    plain = terms or Terms(sizing=sizing, shorts=True)
    return given(opened(stake=D(stake), terms=plain)).when(period(at(9), opinions=[opinion]))


def of_equity(**limits: Decimal) -> Terms:
    """Sizing by a share of equity, within limits."""
    return Terms(sizing="equity", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("opinion", "quantity", "reserved"),
    [
        (enter(), "10", "1002"),  # 1000 / 100
        (enter(limit=D("99.987")), "10.002", "1001.99995992"),  # 1000 / 99.98
        (enter(trigger=D("102.003")), "9.80296", "1001.9999494992"),  # 1000 / 102.01
        (enter(limit=D(103), trigger=D(102)), "9.70873", "1001.99918838"),  # 1000 / 103
        (enter(side="short", limit=D("100.003"), stop=D(105), target=D(90)), "9.999",
         "1001.99998998"),  # 1000 / 100.01
    ],
    ids=["close", "limit", "trigger", "stop-limit", "short"],
)  # fmt: skip
def test_quote_is_the_stake_at_the_price_that_is_asked(
    opinion: Opinion, quantity: str, reserved: str
) -> None:
    sized("quote", "1000", opinion).then_fact(
        "OrderPlaced", quantity=D(quantity), reserved=D(reserved)
    )


def test_quantity_is_the_stake_at_the_lot() -> None:
    sized("quantity", "2.345678", enter()).then_fact("OrderPlaced", quantity=D("2.34567"))


def test_equity_is_a_share_of_what_the_account_is_worth() -> None:
    sized("equity", "0.1", enter()).then_fact("OrderPlaced", quantity=D(10))


def test_equity_counts_open_trades_at_their_last_close() -> None:
    """8998 + 10 x 110 = 10,098; a tenth of it at 100."""
    (
        given(opened(stake=D("0.1"), terms=of_equity()), open_trade(target=None))
        .when(period(at(10), {BTC: "100 111 99 110"}, opinions=[enter(ETH)]))
        .then_fact("OrderPlaced", pair=ETH, quantity=D("10.098"))
    )


def test_equity_takes_a_trade_without_a_candle_at_the_last_one_that_is_known() -> None:
    """8998 + 10 x 104 = 10,038."""
    known = period(at(9), {BTC: "100 105 99 104"}).candles.get(BTC)
    assert known is not None
    (
        given(opened(stake=D("0.1"), terms=of_equity()), LONG_TRADE)
        .when(period(at(10), opinions=[enter(ETH)], history={BTC: [known]}))
        .then_fact("OrderPlaced", quantity=D("10.038"))
    )


@pytest.mark.parametrize(
    ("opinion", "quantity"),
    [
        (enter(), "20"),  # 100 / (100 - 95)
        (enter(limit=D(98)), "33.33333"),  # 100 / (98 - 95)
        (enter(trigger=D(105)), "10"),  # 100 / (105 - 95)
        (enter(stop=D("95.009")), "20"),  # the stop stands at 95
        (enter(stop=None, exits=ExitPlan(stop_rate=D("0.04"))), "25"),  # 100 / (100 - 96)
        (enter(stop=None, exits=ExitPlan(trail_distance=D(8))), "12.5"),  # 100 / (100 - 92)
        (enter(exits=ExitPlan(trail_distance=D(2))), "50"),  # the tighter one, at 98
        (enter(side="short", stop=D(104), target=D(90)), "25"),  # 100 / (104 - 100)
        (enter(side="short", limit=D("101.003"), stop=D(105), target=D(90)),
         "25.06265"),  # 100 / (105 - 101.01)
    ],
    ids=["close", "limit", "trigger", "tick", "rate", "trail", "tighter", "short", "short limit"],
)  # fmt: skip
def test_risk_is_a_share_of_equity_by_the_way_to_the_stop(opinion: Opinion, quantity: str) -> None:
    sized("risk", "0.01", opinion).then_fact("OrderPlaced", quantity=D(quantity))


def test_risk_takes_the_stop_of_the_account_s_own_plan() -> None:
    plan = Terms(sizing="risk", exits=ExitPlan(stop_distance=D(4)))
    sized("risk", "0.01", enter(stop=None), terms=plan).then_fact("OrderPlaced", quantity=D(25))


def test_volatility_is_a_share_of_equity_by_the_market_s_move() -> None:
    """0.01 x 10,000 / (0.02 x 100)."""
    opinion = enter(volatility=D("0.02"))
    sized("volatility", "0.01", opinion).then_fact("OrderPlaced", quantity=D(50))


def test_volatility_is_of_the_price_that_is_asked() -> None:
    """0.01 x 10,000 / (0.02 x 98) = 51.020408."""
    opinion = enter(limit=D(98), volatility=D("0.02"))
    sized("volatility", "0.01", opinion).then_fact("OrderPlaced", quantity=D("51.0204"))


def test_risk_without_a_stop_is_declined() -> None:
    sized("risk", "0.01", enter(stop=None)).then_declined("no_stop")


@pytest.mark.parametrize("volatility", [None, D(0)])
def test_volatility_that_the_strategy_does_not_give_is_declined(volatility: Decimal | None) -> None:
    sized("volatility", "0.01", enter(volatility=volatility)).then_declined("no_volatility")


@pytest.mark.parametrize(
    ("sizing", "stake"), [("equity", "1"), ("risk", "0.1"), ("volatility", "0.1")]
)
def test_sizing_by_equity_is_cut_to_what_cash_buys(sizing: Sizing, stake: str) -> None:
    """At 100 and a fee of 0.2% each costs 100.2: 10,000 buys 99.80039."""
    sized(sizing, stake, enter(volatility=D("0.01"))).then_fact(
        "OrderPlaced", quantity=D("99.80039"), reserved=D("9999.999078")
    )


def test_sizing_by_equity_is_cut_to_the_reserve() -> None:
    """9,000 / 100.2 = 89.820359."""
    terms = of_equity(reserve=D("0.1"))
    sized("equity", "1", enter(), terms=terms).then_fact("OrderPlaced", quantity=D("89.82035"))


@pytest.mark.parametrize(
    ("limits", "quantity"),
    [
        ({"max_market_exposure": D("0.3")}, "30"),
        ({"max_base_exposure": D("0.2")}, "20"),
        ({"max_exposure": D("0.4")}, "40"),
        ({"max_exposure": D("0.4"), "reserve": D("0.7")}, "30"),
        ({"max_market_exposure": D("0.33333333")}, "33.33333"),
    ],
    ids=str,
)
def test_sizing_by_equity_is_cut_to_the_tightest_exposure(
    limits: dict[str, Decimal], quantity: str
) -> None:
    (
        given(opened(stake=D(1), terms=of_equity(**limits)))
        .when(period(at(9), opinions=[enter()], markets=FREE))
        .then_fact("OrderPlaced", quantity=D(quantity))
    )


def test_a_cut_leaves_room_for_what_is_open_and_ordered() -> None:
    """0.35 x 10,000 less 2,500 that is ordered leaves 1,000, though a fourth would be 2,500."""
    account = opened(stake=D("0.25"), terms=of_equity(max_exposure=D("0.35")))
    first, second = enter(BTC), enter(ETH)
    story = given(account).when(period(at(9), opinions=[first, second], markets=FREE))
    story.then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "OrderPlaced")
    assert [getattr(fact, "quantity", None) for fact in story.new[2:]] == [D(25), D(10)]


def test_what_is_cut_to_less_than_the_exchange_takes_is_below_its_minimum() -> None:
    """0.0004 x 10,000 = 4 buys 0.04 at 100."""
    terms = of_equity(max_exposure=D("0.0004"))
    (
        given(opened(stake=D(1), terms=terms))
        .when(period(at(9), opinions=[enter()], markets=FREE))
        .then_declined(
            "below_minimum",
            quantity=D("0.04"),
            min_quantity=D("0.00001"),
            notional=D(4),
            min_notional=D(5),
        )
    )


def test_what_is_cut_to_nothing_is_below_the_minimum() -> None:
    (
        given(opened(stake=D("0.1"), terms=of_equity(reserve=D(1))), LONG_TRADE)
        .when(period(at(10), {BTC: "100 101 99 100"}, opinions=[enter(ETH)]))
        .then_fact("SignalDeclined", reason="below_minimum")
    )


@pytest.mark.parametrize(("sizing", "stake"), [("quote", "1000"), ("quantity", "10")])
def test_a_fixed_size_that_the_reserve_does_not_leave_is_declined(
    sizing: Sizing, stake: str
) -> None:
    """Half of 2,000 stays; 10 at 100.2 needs 1,002."""
    terms = Terms(sizing=sizing, reserve=D("0.5"))
    (
        given(opened(capital=D(2_000), stake=D(stake), terms=terms))
        .when(period(at(9), opinions=[enter()]))
        .then_declined("insufficient_cash", needed=D(1_002), free_cash=D(1_000))
    )


def test_the_reserve_is_a_share_of_equity_as_it_is_now() -> None:
    """Equity 8998 + 10 x 110 = 10,098; 0.8 of it leaves 8998 - 8078.4 = 919.6."""
    (
        given(opened(terms=Terms(reserve=D("0.8"))), open_trade(target=None))
        .when(period(at(10), {BTC: "100 111 99 110"}, opinions=[enter(ETH)]))
        .then_declined("insufficient_cash", needed=D(1_002), free_cash=D("919.6"))
    )


@pytest.mark.parametrize("limit", ["max_market_exposure", "max_base_exposure", "max_exposure"])
@pytest.mark.parametrize(("sizing", "stake"), [("quote", "1000"), ("quantity", "10")])
def test_a_fixed_size_beyond_an_exposure_is_declined(
    sizing: Sizing, stake: str, limit: str
) -> None:
    terms = Terms(sizing=sizing, **{limit: D("0.09")})  # type: ignore[arg-type]
    (
        given(opened(stake=D(stake), terms=terms))
        .when(period(at(9), opinions=[enter()], markets=FREE))
        .then_declined(limit, needed=D(1_000), allowed=D(900), exposure=D(0))
    )


@pytest.mark.parametrize("limit", ["max_market_exposure", "max_base_exposure", "max_exposure"])
def test_an_exposure_of_exactly_what_is_allowed_fits(limit: str) -> None:
    terms = Terms(**{limit: D("0.1")})  # type: ignore[arg-type]
    (
        given(opened(terms=terms))
        .when(period(at(9), opinions=[enter()], markets=FREE))
        .then_fact("OrderPlaced", quantity=D(10))
    )


def test_an_exposure_is_judged_at_cost_without_the_fee() -> None:
    (
        given(opened(terms=Terms(max_exposure=D("0.1"))))
        .when(period(at(9), opinions=[enter()]))
        .then_topics("SignalRaised", "OrderPlaced")
    )


@pytest.mark.parametrize(
    ("limit", "allows"),
    [
        ("max_market_exposure", [BTC, ETH, SWAP]),
        ("max_base_exposure", [ETH]),
        ("max_exposure", []),
    ],
)
def test_exposures_concern_a_market_a_base_or_everything(limit: str, allows: list[str]) -> None:
    """1,000 of 10,000 are in one market; 1,000 more are too much for 0.19."""
    terms = Terms(**{limit: D("0.19")})  # type: ignore[arg-type]
    for pair in (SWAP, ETH):
        (
            given(opened(terms=terms), open_trade(cash=D(9_000)))
            .when(period(at(10), opinions=[enter(pair)], markets=FREE))
            .then_topics(
                "SignalRaised", "OrderPlaced" if pair in allows else "SignalDeclined"
            )
        )  # fmt: skip


def test_waiting_entries_count_as_exposure() -> None:
    (
        given(opened(terms=Terms(max_exposure=D("0.19"))))
        .when(period(at(9), opinions=[enter(BTC), enter(ETH)], markets=FREE))
        .then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "SignalDeclined")
        .then_fact(
            "SignalDeclined",
            pair=ETH,
            reason="max_exposure",
            numbers={"needed": D(1_000), "allowed": D(1_900), "exposure": D(1_000)},
        )
    )


def test_open_trades_count_at_what_they_cost_and_equity_at_what_they_are_worth() -> None:
    """Equity is 9,000 + 10 x 150 = 10,500, of which 0.19 is 1,995; the trade counts as 1,000."""
    (
        given(opened(terms=Terms(max_exposure=D("0.19"))), open_trade(target=None, cash=D(9_000)))
        .when(period(at(10), {BTC: "100 151 99 150"}, opinions=[enter(ETH)], markets=FREE))
        .then_declined("max_exposure", needed=D(1_000), allowed=D(1_995), exposure=D(1_000))
    )


def test_an_exposure_that_prices_lead_to_undoes_nothing() -> None:
    grown = period(at(10), {BTC: "100 301 99 300"}, markets=FREE)
    terms = Terms(max_exposure=D("0.1"), max_market_exposure=D("0.1"), reserve=D("0.9"))
    given(opened(terms=terms), open_trade(target=None, cash=D(9_000))).when(grown).then_nothing()


def test_an_order_fills_whatever_its_exposure_has_become() -> None:
    """It was within a tenth of equity when it was placed; the open is dearer."""
    terms = Terms(max_exposure=D("0.1"))
    (
        given(opened(terms=terms))
        .when(
            period(at(9), opinions=[enter()], markets=FREE),
            period(at(10), {BTC: "104 105 103 104"}, markets=FREE),
        )
        .then_fact("TradeOpened", quantity=D(10), entry_price=D(104))
    )


def test_what_a_waiting_entry_has_reserved_is_not_spent_twice() -> None:
    """Of 10,000 the first takes 99.80039 at 100.2; what is left buys nothing."""
    account = opened(stake=D(1), terms=of_equity())
    (
        given(account)
        .when(period(at(9), opinions=[enter(BTC), enter(ETH)]))
        .then_topics("SignalRaised", "SignalRaised", "OrderPlaced", "SignalDeclined")
        .then_fact("SignalDeclined", pair=ETH, reason="below_minimum")
    )


def test_an_exit_frees_its_place_when_it_has_filled_and_not_before() -> None:
    waits = period(at(11), opinions=[enter(ETH)])
    fills = period(at(12), {BTC: "100 101 99 100"}, opinions=[enter(ETH)])
    (
        given(opened(most=1), LONG_TRADE, exit_order())
        .when(waits)
        .then_declined("max_open_trades", max_open_trades=D(1))
        .when(fills)
        .then_topics("OrderFilled", "TradeClosed", "SignalRaised", "OrderPlaced")
    )


def test_an_account_that_is_worth_less_than_nothing_orders_nothing() -> None:
    """A short lost all that backed it, and more: the cash is below zero."""
    ruined = CashAdjusted(at(8), "main", 1, "operator", "test", D(-10_003), D(-3))
    (
        given(opened(stake=D("0.1"), terms=of_equity()), ruined)
        .when(period(at(9), opinions=[enter()]))
        .then_fact("SignalDeclined", reason="below_minimum")
    )


def test_the_rules_of_the_day_say_what_is_too_little() -> None:
    coarse = {**RULES, BTC: rules(BTC, lot=D(1), min_notional=D(1_500))}
    (
        given(opened(stake=D("0.149"), terms=of_equity()))
        .when(period(at(9), opinions=[enter()], markets=coarse))
        .then_declined(
            "below_minimum",
            quantity=D(14),
            min_quantity=D("0.00001"),
            notional=D(1_400),
            min_notional=D(1_500),
        )
    )
