"""A walk-forward is a loop of backtests: each training by itself, the tests as one life."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from adapters.indicators.engine import compute
from adapters.sweeps.in_memory import InMemory
from application.backtest import Outcome, Recorded, Span, backtest
from application.sweeping.space import axis, every
from application.sweeping.tried import Candidate, Tried
from application.walking.walk import candidates, trade, train
from application.walking.windows import windows
from domain.account.facts import AccountFact, StrategyDeployed, TradeClosed
from tests.adapters.indicators.series import HOUR
from tests.application.sweeping.benches import CANDLES, RULES, SINCE, UNTIL, bench, configured

WINDOWS = windows(SINCE, UNTIL, 400 * HOUR, 150 * HOUR, anchored=False)[:4]
COMBINATIONS = every([axis("fast=3,5,9"), axis("slow=8,14")])
BENCH = bench()


def in_turn(some: Sequence[Candidate]) -> Iterator[list[Tried]]:
    for each in some:
        yield [BENCH.tried(each)]


def chosen(by: str = "net_profit") -> list[Tried]:
    return train(WINDOWS, COMBINATIONS, InMemory(), in_turn, by)


def facts_of(outcome: Outcome) -> list[AccountFact]:
    return [fact for chapter in outcome.chapters for fact in chapter.facts]


def single(since: int, until: int, parameters: Any) -> Outcome:
    """A plain backtest."""
    plan = configured(parameters).plan
    recorded = Recorded("bench", RULES, [Span({"1h": CANDLES}, since, until)])
    return backtest(recorded, [plan], compute, lambda *_: plan.strategies[0].strategy)[0]


def test_in_each_training_the_best_of_plain_backtests_is_chosen() -> None:
    for window, best in zip(WINDOWS, chosen(), strict=True):
        profits = {
            number: sum(
                fact.profit
                for fact in facts_of(single(window.since, window.turn, each))
                if isinstance(fact, TradeClosed)
            )
            for number, each in enumerate(COMBINATIONS)
            if each["fast"] != "9" or each["slow"] != "8"
        }
        assert best.parameters == COMBINATIONS[max(profits, key=lambda key: profits[key])]


def test_a_test_alone_is_a_plain_backtest_of_its_closes() -> None:
    for window, best in zip(WINDOWS, chosen(), strict=True):
        walked = trade(BENCH, [window], [best])
        expected = single(window.turn, window.until, best.parameters)
        assert facts_of(walked.outcome) == facts_of(expected)


def test_tests_with_equal_parameters_are_one_backtest_over_all_of_them() -> None:
    best = chosen()[0]
    walked = trade(BENCH, WINDOWS, [best] * len(WINDOWS))
    expected = single(WINDOWS[0].turn, WINDOWS[-1].until, best.parameters)
    assert facts_of(walked.outcome) == facts_of(expected)


def test_one_account_lives_on_and_is_brought_to_what_was_chosen() -> None:
    walked = trade(BENCH, WINDOWS, chosen())
    deployed = [each for each in facts_of(walked.outcome) if isinstance(each, StrategyDeployed)]
    wanted = [dict(each.chosen.parameters) for each in walked.steps]
    changes = [
        each for number, each in enumerate(wanted) if not number or each != wanted[number - 1]
    ]
    assert [
        {name: str(each.parameters[name]) for name in ("fast", "slow")} for each in deployed
    ] == changes
    assert len(changes) > 1


def test_the_windows_add_up_to_the_whole() -> None:
    walked = trade(BENCH, WINDOWS, chosen())
    returned = np.prod([1 + _rate(each.figures["total_return"]) for each in walked.steps])
    assert 10_000 * returned == pytest.approx(walked.curve.equity[-1])
    trades = [each for each in facts_of(walked.outcome) if isinstance(each, TradeClosed)]
    assert sum(_rate(each.figures["trades"]) for each in walked.steps) == len(trades)
    assert np.all(np.diff(walked.curve.at) == HOUR)
    assert (walked.curve.at[0], walked.curve.at[-1]) == (WINDOWS[0].turn + HOUR, WINDOWS[-1].until)


def test_what_comes_behind_a_training_does_not_change_what_is_chosen() -> None:
    last = WINDOWS[-1].turn
    cut = {
        pair: each[: int(np.searchsorted(each.open_time, last))] for pair, each in CANDLES.items()
    }
    own = bench(cut)
    tried = train(
        WINDOWS, COMBINATIONS, InMemory(), lambda some: ([own.tried(each)] for each in some),
        "net_profit",
    )  # fmt: skip
    assert tried == chosen()


def test_one_that_was_stopped_knows_the_trainings_that_are_whole() -> None:
    def stopped(some: Sequence[Candidate]) -> Iterator[list[Tried]]:
        for each in some[: 2 * len(COMBINATIONS) + 1]:
            yield [BENCH.tried(each)]
        raise KeyboardInterrupt

    best = train(WINDOWS, COMBINATIONS, InMemory(), stopped, "net_profit")
    assert best == chosen()[:2]
    assert len(trade(BENCH, WINDOWS, best).steps) == 2


def test_every_training_tries_every_combination_on_its_own_closes() -> None:
    found = candidates(WINDOWS, COMBINATIONS)
    assert [each.number for each in found] == list(range(len(WINDOWS) * len(COMBINATIONS)))
    assert {(each.since, each.until) for each in found} == {each[:2] for each in WINDOWS}


def _rate(figure: object) -> float:
    assert isinstance(figure, int | float)
    return figure
