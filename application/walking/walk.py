"""Walk through the windows: choose in each training, trade what was chosen in the test behind it.

One account lives through all tests: at the beginning of each it is brought to the parameters that
were chosen, as an operator would deploy them, and keeps the trades that are open.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from application.backtest import Outcome
from application.replay.lane import Chapter
from application.sweeping.bench import Bench, closed_trades, figures_of
from application.sweeping.space import Combination
from application.sweeping.sweep import Swept, TryAll, sweep
from application.sweeping.tried import Candidate, Figures, Results, Tried, ranked
from application.walking.windows import Window
from domain.account.state import Account
from domain.performance.curve import EquityCurve
from domain.values import twelve_digits


@dataclass(frozen=True, slots=True)
class Step:
    """A window: what was chosen in its training, and what came of it in its test."""

    window: Window
    chosen: Tried
    figures: Figures


@dataclass(frozen=True, slots=True)
class Walked:
    """All windows that were walked through, and the one account that traded in their tests."""

    steps: tuple[Step, ...]
    outcome: Outcome
    curve: EquityCurve


def candidates(
    windows: Sequence[Window], combinations: Sequence[Combination]
) -> list[Candidate]:  # fmt: skip
    """Every combination in every training."""
    both = ((window, each) for window in windows for each in combinations)
    return [
        Candidate(number, window.since, window.turn, each)
        for number, (window, each) in enumerate(both)
    ]


def train(
    windows: Sequence[Window], combinations: Sequence[Combination], results: Results,
    try_all: TryAll, by: str, tell: Callable[[int], None] = lambda _: None,
) -> list[Tried]:  # fmt: skip
    """The best of each training by a figure, up to where it was stopped."""
    swept = sweep(candidates(windows, combinations), results, try_all, tell)
    return list(_best(swept, len(combinations), by))


def _best(swept: Swept, count: int, by: str) -> Iterator[Tried]:
    """The best of each training that is whole, up to the first that is not."""
    tried = {each.number: each for each in swept.tried}
    for first in range(0, swept.wanted, count):
        of_window = [tried[each] for each in range(first, first + count) if each in tried]
        if len(of_window) < count or not (best := ranked(of_window, by)):
            return
        yield best[0]


def trade(bench: Bench, windows: Sequence[Window], chosen: Sequence[Tried]) -> Walked:
    """Trade what was chosen, each in the test of its window; at least one."""
    windows = windows[: len(chosen)]
    outcome = _lived(bench, windows, chosen)
    curve = bench.curve(outcome, windows[0].turn, windows[-1].until)
    return Walked(tuple(_steps(windows, chosen, outcome, curve)), outcome, curve)


def _lived(bench: Bench, windows: Sequence[Window], chosen: Sequence[Tried]) -> Outcome:
    """The account behind all tests."""
    plans = [bench.configured(each.parameters) for each in chosen]
    first = plans[0].plan
    account, chapters = Account(first.name), list[Chapter]()
    for window, (plan, rules) in zip(windows, plans, strict=True):
        bench.live(Outcome(plan, account, chapters), rules, window.turn, window.until)
    return Outcome(first, account, chapters)


def _steps(
    windows: Sequence[Window], chosen: Sequence[Tried], outcome: Outcome, curve: EquityCurve
) -> Iterator[Step]:
    """Each window by itself: what it began with is what there was at the end of the one before."""
    capital = outcome.plan.capital
    for window, each in zip(windows, chosen, strict=True):
        within = [
            chapter for chapter in outcome.chapters if window.turn < chapter.close <= window.until
        ]
        part = curve.between(window.turn, window.until)
        trades = closed_trades(within)
        yield Step(window, each, figures_of(trades, part, capital, window.turn, window.until))
        capital = twelve_digits(part.equity[-1]) if len(part) else capital
