"""A backtest makes the facts of an account that is asked at every period."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from adapters.indicators.engine import compute
from application.backtest import Recorded, Span, backtest
from application.plans import AccountPlan
from domain.account.facts import AccountFact
from domain.account.terms import BANDS, ExitPlan, Guard, Terms
from domain.candles import Candles
from domain.longer import put_together
from domain.markets import MarketRules
from domain.strategies import STRATEGIES, strategy
from domain.strategies.strategy import Parameter
from domain.timeframes import timeframe
from tests.adapters.indicators.series import HOUR, random_candles, stretches_of_calm
from tests.application.replay.live import live
from tests.scenario import D
from tests.strategies import planned

PAIRS = ("ADA/USDT", "BTC/USDT", "ETH/USDT")
QUICK: dict[str, dict[str, Parameter]] = {
    "sma_cross": {"fast": 3, "slow": 8, "stop": "0.02", "target": "0.03"},
    "ema_cross": {"fast": 3, "slow": 6, "atr": 4},
    "supertrend": {},
    "donchian_breakout": {},
}
GUARDS = (
    Guard("daily_loss", max_daily_loss=D("0.01")),
    Guard("stop_streak", lookback_period=6000, stop_duration=900, trade_limit=2),
    Guard("cool_down", stop_duration=300),
)
TERMS = {
    "plain": Terms(shorts=True),
    "trailing": Terms(shorts=True, exits=ExitPlan(trail_rate=D("0.02"), time_stop=30)),
    "even": Terms(shorts=True, exits=ExitPlan(break_even_rate=D("0.01")), when_withdrawn="exit"),
    "guarded": Terms(shorts=True, guards=GUARDS, fills=BANDS["pessimistic"]),
    "drawdown": Terms(
        guards=(
            Guard(
                "max_drawdown", lookback_period=9000, stop_duration=600,
                max_allowed_drawdown=D("0.01"),
            ),
        )
    ),
}  # fmt: skip


def rules(pair: str) -> MarketRules:
    numbers = (D("0.01"), D("0.001"), D("0.001"), D(5), D("0.001"), D("0.001"))
    base, quote = pair.split("/")
    return MarketRules("bench", pair, base, quote, *numbers)


def span_of(candles: Mapping[str, Candles], *longer: str) -> Span:
    first = min(int(each.open_time[0]) for each in candles.values())
    last = max(int(each.open_time[-1]) for each in candles.values())
    together = {
        name: {pair: put_together(each, timeframe(name)) for pair, each in candles.items()}
        for name in longer
    }
    return Span({"1h": candles, **together}, first + 40 * HOUR, last + HOUR)


def recorded(*spans: Span) -> Recorded:
    return Recorded("bench", {pair: rules(pair) for pair in PAIRS}, spans)


def markets(seed: int) -> dict[str, Candles]:
    """One with quiet periods and outages, one with calm, one that begins later."""
    return {
        "ADA/USDT": random_candles(900, seed, quiet=0.1, outages=1),
        "BTC/USDT": random_candles(1200, seed + 1),
        "ETH/USDT": shifted(stretches_of_calm(700, seed + 2)),
    }


def shifted(candles: Candles) -> Candles:
    begin = 400_300 * HOUR
    return Candles(candles.open_time + begin, *(
        getattr(candles, name) for name in ("open", "high", "low", "close", "volume")
    ))  # fmt: skip


def plan(names: Sequence[str], terms: Terms, frame: str = "1h", own: str = "1h") -> AccountPlan:
    plans = tuple(
        planned(strategy(name, QUICK.get(name, {})), frame, "0" * 64) for name in names
    )  # fmt: skip
    return AccountPlan(
        "main", "bench", "USDT", D(10_000), D(2_000), 2, own, ("*/USDT",), plans, terms
    )


def facts_of(account: AccountPlan, *spans: Span) -> list[AccountFact]:
    known = {each.strategy.name: each.strategy for each in account.strategies}
    (outcome,) = backtest(recorded(*spans), [account], compute, lambda name, *_: known[name])
    return [fact for chapter in outcome.chapters for fact in chapter.facts]


def asked_always(account: AccountPlan, span: Span) -> list[AccountFact]:
    return live(recorded(), span, account)


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_an_account_that_is_only_woken_makes_the_facts_of_one_that_is_always_asked(
    terms: str, seed: int
) -> None:
    span, account = span_of(markets(seed)), plan(["ema_cross", "sma_cross"], TERMS[terms])
    expected = asked_always(account, span)
    assert len(expected) > 100
    assert facts_of(account, span) == expected


@pytest.mark.parametrize("name", STRATEGIES)
def test_so_it_is_with_every_built_in_strategy(name: str) -> None:
    span, account = span_of(markets(3)), plan([name], TERMS["plain"])
    assert facts_of(account, span) == asked_always(account, span)


@pytest.mark.parametrize(("frame", "own"), [("4h", "1h"), ("1h", "4h")])
def test_so_it_is_where_strategies_and_fills_have_other_timeframes(frame: str, own: str) -> None:
    span, account = span_of(markets(4), "4h"), plan(["sma_cross"], TERMS["trailing"], frame, own)
    assert facts_of(account, span) == asked_always(account, span)


def test_a_history_may_be_lived_through_in_spans() -> None:
    whole, account = span_of(markets(7)), plan(["ema_cross"], TERMS["guarded"])
    middle = (whole.since + whole.until) // 2 // HOUR * HOUR
    halves = [
        Span(whole.candles, since, until)
        for since, until in ((whole.since, middle), (middle, whole.until))
    ]
    assert facts_of(account, *halves) == facts_of(account, whole)


def test_the_order_of_markets_does_not_matter() -> None:
    account, candles = plan(["ema_cross"], TERMS["plain"]), markets(5)
    backwards = dict(reversed(candles.items()))
    assert facts_of(account, span_of(candles)) == facts_of(account, span_of(backwards))


def test_candles_are_left_as_they_were() -> None:
    candles = markets(6)
    before = {pair: each.close.copy() for pair, each in candles.items()}
    facts_of(plan(["ema_cross"], TERMS["plain"]), span_of(candles))
    assert all(np.array_equal(before[pair], each.close) for pair, each in candles.items())
