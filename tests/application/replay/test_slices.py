"""A backtest of a part of the time is a part of a longer one, where the account allows it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace as changed

from adapters.indicators.engine import compute
from application.backtest import Outcome, Span, backtest
from application.plans import AccountPlan
from application.replay.lane import Chapter
from domain.account.evolve import fold
from domain.account.facts import AccountConfigured, AccountFact, AccountOpened, StrategyDeployed
from domain.account.state import Account
from domain.account.terms import BANDS, ExitPlan, Terms
from domain.blocks import needed
from domain.candles import Candles
from domain.strategies import STRATEGIES
from domain.timeframes import Timeframe, timeframe
from tests.adapters.indicators.series import random_candles
from tests.application.replay.test_backtest import TERMS, markets, plan, recorded, span_of
from tests.scenario import D

CUTS = 4
MARKETS = {
    "BTC/USDT": random_candles(8_000, 13),
    "ETH/USDT": random_candles(7_000, 14, quiet=0.05, outages=1),
}
"""Long enough for every strategy, in 4h too."""

SET_UP = (AccountOpened, AccountConfigured, StrategyDeployed)

BY_QUANTITY = {
    "plain": Terms(),
    "trailing": Terms(valid_for=3, exits=ExitPlan(trail_rate=D("0.02"), time_stop=30)),
    "in parts": Terms(fills=BANDS["pessimistic"]),
}
"""Terms on which, with money enough, no trade decides how large a later one is."""

CASES = [(name, "plain") for name in STRATEGIES]
CASES += [("ema_cross", "trailing"), ("supertrend", "in parts")]


@pytest.mark.parametrize("terms", TERMS)
def test_a_shorter_backtest_makes_the_first_facts_of_a_longer_one(terms: str) -> None:
    whole, account = span_of(markets(11), "4h"), plan(["ema_cross", "sma_cross"], TERMS[terms])
    longer = outcome(account, whole).chapters
    for moment in moments(whole, seed=1):
        shorter = outcome(account, Span(whole.candles, whole.since, moment))
        assert shorter.chapters == [each for each in longer if each.close <= moment]


@pytest.mark.parametrize(("frame", "own"), [("1h", "1h"), ("4h", "1h"), ("1h", "4h")])
@pytest.mark.parametrize("terms", TERMS)
def test_a_backtest_may_be_cut_into_spans_at_any_moment(terms: str, frame: str, own: str) -> None:
    whole = span_of(markets(12), "4h")
    account = plan(["ema_cross", "sma_cross"], TERMS[terms], frame, own)
    cuts = pairwise((whole.since, *moments(whole, seed=2), whole.until))
    spans = [Span(whole.candles, since, until) for since, until in cuts]
    assert outcome(account, *spans).chapters == outcome(account, whole).chapters


@pytest.mark.parametrize("frame", ["1h", "4h"])
@pytest.mark.parametrize(("name", "terms"), CASES)
def test_one_that_begins_where_nothing_is_open_makes_the_later_facts_of_a_longer_one(
    name: str, terms: str, frame: str
) -> None:
    """All facts, but for what counts on: the numbers of trades and orders, and cash."""
    whole, account = span_of(MARKETS, "4h"), by_quantity(name, BY_QUANTITY[terms], frame)
    longer = outcome(account, whole).chapters
    cuts = flat_moments(longer, Random(3))
    assert cuts
    for cut in cuts:
        begun_there = outcome(account, behind(whole, cut, account)).chapters
        later = [each for each in longer if each.close > cut]
        assert renumbered(begun_there) == renumbered(later)


def outcome(account: AccountPlan, *spans: Span) -> Outcome:
    known = {each.strategy.name: each.strategy for each in account.strategies}
    (found,) = backtest(recorded(*spans), [account], compute, lambda name, *_: known[name])
    return found


def moments(span: Span, seed: int) -> list[int]:
    """Some, hardly any of which is a close."""
    return sorted(Random(seed).sample(range(span.since, span.until), CUTS))


def by_quantity(name: str, terms: Terms, frame: str) -> AccountPlan:
    """Fills are judged on 1h; 2 of the base currency are traded, and a million is there."""
    on_both_sides = changed(terms, sizing="quantity", shorts=True)
    account = plan([name], on_both_sides, frame)
    return replace(account, capital=D(1_000_000), stake=D(2))


def flat_moments(chapters: list[Chapter], random: Random) -> list[int]:
    """Some moments at which neither a trade is open nor an order waits."""
    account, found = Account("main"), []
    for each, following in pairwise(chapters):
        fold(account, each.facts)
        if not account.trades and not account.orders and each.close < following.close:
            found.append(random.randrange(each.close, following.close))
    return random.sample(found, min(CUTS, len(found)))


def behind(span: Span, cut: int, account: AccountPlan) -> Span:
    """What is behind a cut, with no more candles before it than strategies need."""
    warm_up = max(each.warm_up for each in account.strategies)

    def kept(candles: Candles, frame: Timeframe) -> Candles:
        begin = needed(frame.open_of(cut), frame, warm_up).since
        return candles[int(candles.open_time.searchsorted(begin)) :]

    candles = {
        name: {pair: kept(each, timeframe(name)) for pair, each in by_pair.items()}
        for name, by_pair in span.candles.items()
    }
    return Span(candles, cut, span.until)


def renumbered(chapters: Iterable[Chapter]) -> list[AccountFact]:
    """The facts of trading; trades and orders are counted from the first of them, cash is 0."""
    numbers: dict[tuple[str, int], int] = {}

    def anew(fact: AccountFact) -> Iterator[tuple[str, object]]:
        for name in ("trade", "order"):
            if hasattr(fact, name):
                yield name, numbers.setdefault((name, getattr(fact, name)), len(numbers))
        if hasattr(fact, "cash"):
            yield "cash", D(0)

    facts = [fact for each in chapters for fact in each.facts if not isinstance(fact, SET_UP)]
    return [changed(fact, **dict(anew(fact))) for fact in facts]
