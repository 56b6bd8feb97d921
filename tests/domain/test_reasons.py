"""Every reason that docs/paper-account.md lists is reached, and no other is told."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.account.commands import CancelOrder, ExitTrade, Pause, ResetAccount, SettleTrade
from domain.account.facts import (
    AccountPaused,
    MarketLocked,
    OrderCancelled,
    OrderPlaced,
    SignalDeclined,
    StrategyWithdrawn,
    TradeClosed,
    TradingHalted,
)
from domain.account.period import Opinion
from domain.account.terms import ExitPlan, FillModel, Terms
from tests.domain.test_signals import IN_ORDER
from tests.scenario import (
    BTC,
    ETH,
    LONG_TRADE,
    OPENED,
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

PAGE = (Path(__file__).parents[2] / "docs" / "paper-account.md").read_text("utf-8")
WHO = ("operator", "test")
CRASH = "100 101 80 82"
QUIET = "100 101 99 100"
Scenario = Callable[[], Story]


def listed(heading: str) -> list[str]:
    """The codes in the first column of the page's table with that heading, in its order."""
    table = PAGE.partition(f"| `{heading}` |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [code for cell in rows for code in re.findall(r"`(\w+)`", cell)]


def exit_reasons() -> list[str]:
    """The codes in the page's sentence of exit reasons."""
    found = re.search(r"Exit reasons: ([^.]+)\.", PAGE)
    assert found is not None
    return re.findall(r"`(\w+)`", found[1])


def signalled(opinion: Opinion, terms: Terms | None = None) -> Story:
    """An opinion at 09:00 to an account that has nothing yet."""
    account = OPENED if terms is None else opened(terms=terms)
    return given(account).when(period(at(9), opinions=[opinion]))


def limited(**limit: object) -> Story:
    return signalled(enter(), Terms(**limit))  # type: ignore[arg-type]


PAUSED = AccountPaused(at(8), "main", 1, *WHO)
HALTED = TradingHalted(at(8), "main", *WHO, 1, None, None, {})
LOCKED = MarketLocked(at(8), "main", *WHO, 1, None, BTC, None, {})
WITHDRAWN = StrategyWithdrawn(at(9), "main", "cross", 1, *WHO)
SHORT = enter(side="short", stop=D(105), target=D(90))

DECLINED: dict[str, Scenario] = {
    "stale": lambda: given(OPENED).when(period(at(9), seen_at=at(10), opinions=[enter()])),
    "paused": lambda: given(OPENED, PAUSED).when(period(at(9), opinions=[enter()])),
    "halted": lambda: given(OPENED, HALTED).when(period(at(9), opinions=[enter()])),
    "locked": lambda: given(OPENED, LOCKED).when(period(at(9), opinions=[enter()])),
    "not_listed": lambda: given(OPENED).when(period(at(9), opinions=[enter()], markets={})),
    "short_not_allowed": lambda: signalled(SHORT),
    "already_open": lambda: given(OPENED, LONG_TRADE).when(period(at(10), opinions=[enter()])),
    "max_open_trades": lambda: given(opened(most=1), LONG_TRADE).when(
        period(at(10), opinions=[enter(ETH)])
    ),
    "bad_price": lambda: signalled(enter(limit=D(0))),
    "stop_not_protective": lambda: signalled(enter(stop=D(100))),
    "target_not_profitable": lambda: signalled(enter(target=D(100))),
    "no_stop": lambda: signalled(enter(stop=None), Terms(sizing="risk")),
    "no_volatility": lambda: signalled(enter(), Terms(sizing="volatility")),
    "below_minimum": lambda: given(opened(stake=D(1))).when(period(at(9), opinions=[enter()])),
    "insufficient_cash": lambda: limited(reserve=D("0.95")),
    "max_market_exposure": lambda: limited(max_market_exposure=D("0.05")),
    "max_base_exposure": lambda: limited(max_base_exposure=D("0.05")),
    "max_exposure": lambda: limited(max_exposure=D("0.05")),
    "exit_waiting": lambda: given(OPENED, LONG_TRADE, exit_order()).when(
        period(at(11), opinions=[leave()])
    ),
}

WAITING = entry_order(limit=D(90), stop=D(80), valid_for=9)
ALL_OR_NOTHING = opened(
    terms=Terms(time_in_force="fok", fills=FillModel(volume_share=D("0.5")), valid_for=9)
)
POOR = opened(capital=D("4.5"))

CANCELLED: dict[str, Scenario] = {
    "insufficient_cash": lambda: given(POOR, entry_order()).when(period(at(10), {BTC: QUIET})),
    "not_in_whole": lambda: given(ALL_OR_NOTHING).when(
        period(at(9), opinions=[enter()]), period(at(10), {BTC: QUIET})
    ),
    "trade_closed": lambda: given(OPENED, LONG_TRADE, exit_order()).when(
        period(at(10), {BTC: CRASH})
    ),
    "operator": lambda: given(OPENED, WAITING).when(
        CancelOrder(*WHO, order=1), period(at(11), {BTC: QUIET})
    ),
    "paused": lambda: given(OPENED, WAITING).when(Pause(*WHO), period(at(11), {BTC: QUIET})),
    "halted": lambda: given(OPENED, WAITING, HALTED).when(period(at(10), {BTC: QUIET})),
    "locked": lambda: given(OPENED, WAITING, LOCKED).when(period(at(10), {BTC: QUIET})),
    "delisted": lambda: given(OPENED, WAITING).when(period(at(10), delisted={BTC})),
    "withdrawn": lambda: given(OPENED, WAITING, WITHDRAWN).when(period(at(10), {BTC: QUIET})),
    "reset": lambda: given(OPENED, WAITING).when(ResetAccount(*WHO)),
}

EVEN = ExitPlan(break_even_distance=D(3))
TRAIL = ExitPlan(trail_distance=D(2))
TIMED = ExitPlan(time_stop=1)
AT_100 = period(at(12), {BTC: QUIET})

CLOSED: dict[str, Scenario] = {
    "stop": lambda: given(OPENED, LONG_TRADE).when(period(at(10), {BTC: CRASH})),
    "break_even": lambda: given(OPENED, open_trade(exits=EVEN)).when(
        period(at(10), {BTC: "101 104 101 103"}), period(at(11), {BTC: "103 103 99 100"})
    ),
    "trailing_stop": lambda: given(OPENED, open_trade(exits=TRAIL)).when(
        period(at(10), {BTC: "101 104 103 104"}), period(at(11), {BTC: "104 104 99 100"})
    ),
    "target": lambda: given(OPENED, LONG_TRADE).when(period(at(10), {BTC: "100 111 99 110"})),
    "signal": lambda: given(OPENED, LONG_TRADE).when(
        period(at(10), {BTC: QUIET}, opinions=[leave()]), period(at(11), {BTC: QUIET})
    ),
    "time": lambda: given(OPENED, open_trade(exits=TIMED)).when(
        period(at(10), {BTC: QUIET}), period(at(11), {BTC: QUIET})
    ),
    "backing": lambda: given(
        opened(terms=Terms(shorts=True)), open_trade(side="short", stop=None, target=None)
    ).when(period(at(10), {BTC: "150 201 149 190"})),
    "withdrawn": lambda: given(opened(terms=Terms(when_withdrawn="exit")), LONG_TRADE, WITHDRAWN)
    .when(period(at(10), {BTC: QUIET}), period(at(11), {BTC: QUIET})),
    "operator": lambda: given(OPENED, LONG_TRADE).when(ExitTrade(*WHO, trade=1), AT_100),
    "delisted": lambda: given(OPENED, LONG_TRADE).when(
        period(at(10), delisted={BTC}), SettleTrade(*WHO, trade=1)
    ),
    "reset": lambda: given(OPENED, LONG_TRADE).when(ResetAccount(*WHO)),
}  # fmt: skip


def test_the_page_is_read() -> None:
    assert len(listed("SignalDeclined.reason")) == 19
    assert len(listed("OrderCancelled.reason")) == 10
    assert len(exit_reasons()) == 11


def test_every_reason_of_the_page_has_its_scenario_and_no_other_has() -> None:
    assert set(DECLINED) == set(listed("SignalDeclined.reason"))
    assert set(CANCELLED) == set(listed("OrderCancelled.reason"))
    assert set(CLOSED) == set(exit_reasons())


def test_the_reasons_of_the_page_stand_in_the_order_in_which_they_are_judged() -> None:
    """An exit knows one reason only."""
    assert listed("SignalDeclined.reason") == [*IN_ORDER, "exit_waiting"]


@pytest.mark.parametrize("reason", DECLINED)
def test_a_signal_is_declined_for_every_reason_of_the_page(reason: str) -> None:
    story = DECLINED[reason]()
    assert {fact.reason for fact in story.new if isinstance(fact, SignalDeclined)} == {reason}
    assert not [fact for fact in story.new if isinstance(fact, OrderPlaced)]


@pytest.mark.parametrize("reason", CANCELLED)
def test_an_order_is_cancelled_for_every_reason_of_the_page(reason: str) -> None:
    story = CANCELLED[reason]()
    assert {fact.reason for fact in story.new if isinstance(fact, OrderCancelled)} == {reason}
    assert not story.account.orders


@pytest.mark.parametrize("reason", CLOSED)
def test_a_trade_is_closed_for_every_reason_of_the_page(reason: str) -> None:
    story = CLOSED[reason]()
    assert {fact.exit_reason for fact in story.new if isinstance(fact, TradeClosed)} == {reason}
    assert not story.account.trades
