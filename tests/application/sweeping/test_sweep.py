"""A sweep tries what was not tried before."""

from collections.abc import Iterator, Sequence

import pytest

from adapters.sweeps.in_memory import InMemory
from application.sweeping.space import axis, every
from application.sweeping.sweep import sweep
from application.sweeping.tried import Candidate, Tried, ranked
from tests.application.sweeping.benches import SINCE, UNTIL, bench

CANDIDATES = [
    Candidate(number, SINCE, UNTIL, each)
    for number, each in enumerate(every([axis("fast=3,5,12"), axis("slow=8,12")]))
]
BENCH = bench()


class InTurn:
    """Tries candidates one by one, in the order given or from the last; counts them."""

    def __init__(self, *, backwards: bool = False, at_most: int = 1_000) -> None:
        self.numbers: list[int] = []
        self._step = -1 if backwards else 1
        self._at_most = at_most

    def __call__(self, candidates: Sequence[Candidate]) -> Iterator[list[Tried]]:
        for each in candidates[:: self._step]:
            if len(self.numbers) == self._at_most:
                raise KeyboardInterrupt
            self.numbers.append(each.number)
            yield [BENCH.tried(each)]


def test_the_order_in_which_results_come_does_not_matter() -> None:
    forwards = sweep(CANDIDATES, InMemory(), InTurn())
    backwards = sweep(CANDIDATES, InMemory(), InTurn(backwards=True))
    assert forwards == backwards
    assert [each.number for each in forwards.tried] == list(range(6))
    assert [each.number for each in forwards.refused] == [4, 5]


def test_one_that_was_stopped_goes_on_where_it_was_and_repeats_nothing() -> None:
    results, first, second = InMemory(), InTurn(at_most=2), InTurn()
    stopped = sweep(CANDIDATES, results, first)
    assert (len(stopped.tried), stopped.is_whole) == (2, False)
    whole = sweep(CANDIDATES, results, second)
    assert second.numbers == [2, 3, 4, 5]
    assert (whole.repeated, whole.is_whole) == (2, True)
    assert whole.tried == sweep(CANDIDATES, InMemory(), InTurn()).tried


def test_it_tells_how_many_more_are_done() -> None:
    results, told = InMemory(), list[int]()
    sweep(CANDIDATES, results, InTurn(at_most=2))
    sweep(CANDIDATES, results, InTurn(), told.append)
    assert told == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("by", "best"), [("net_profit", [1, 0, 2]), ("max_drawdown", [0, 2, 1]), ("sharpe", [2, 1, 0])]
)
def test_the_best_come_first_and_those_without_the_figure_last(by: str, best: list[int]) -> None:
    tried = [
        Tried(0, {}, {"net_profit": "9", "max_drawdown": 0.1, "sharpe": None}),
        Tried(1, {}, {"net_profit": "10.5", "max_drawdown": 0.3, "sharpe": -2.0}),
        Tried(2, {}, {"net_profit": "-3", "max_drawdown": 0.2, "sharpe": -1.0}),
        Tried(3, {}, refused="no"),
    ]
    assert [each.number for each in ranked(tried, by)] == best


def test_equal_ones_stand_in_the_order_of_the_search() -> None:
    tried = [Tried(number, {}, {"trades": 5}) for number in (2, 0, 1)]
    assert [each.number for each in ranked(tried, "trades")] == [0, 1, 2]
