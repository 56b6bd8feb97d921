"""What came of a combination of parameters, and where such results are kept."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from application.sweeping.space import Combination

Figures: TypeAlias = dict[str, int | float | str | None]
"""What was measured, by the names of docs/performance.md; money as text."""

FIGURES = (
    "sharpe", "sortino", "calmar", "net_profit", "total_return", "annual_return", "profit_factor",
    "expectancy", "win_rate", "max_drawdown",
)  # fmt: skip
"""The figures that can say what is best."""

_LEAST_IS_BEST = {"max_drawdown"}


class Candidate(NamedTuple):
    """A combination to try on the closes behind `since` up to `until` (ms); `number` is its own."""

    number: int
    since: int
    until: int
    parameters: Combination


class Tried(msgspec.Struct, frozen=True):
    """What came of the candidate of that number; figures are empty where it was `refused`.

    `failure` is what the strategy's own code first failed with.
    """

    number: int
    parameters: dict[str, str]
    figures: Figures = {}
    refused: str | None = None
    failure: str | None = None

    def value(self, by: str) -> float | None:
        """A figure as a number."""
        figure = self.figures.get(by)
        return None if figure is None else float(figure)

    def merit(self, by: str) -> float | None:
        """The same, the higher the better."""
        value = self.value(by)
        return -value if value is not None and by in _LEAST_IS_BEST else value


class Results(Protocol):
    """The results of one sweep, kept as they come; the next run of the same sweep finds them."""

    def kept(self) -> Sequence[Tried]:
        """All that earlier runs have kept, in any order, each number once."""
        ...

    def keep(self, tried: Sequence[Tried]) -> None:
        """Keep some, all or none; safe once this returns, whatever is killed."""
        ...


def ranked(tried: Sequence[Tried], by: str) -> list[Tried]:
    """The accepted ones, best first by a figure; without it last, equal ones by their number."""

    def place(each: Tried) -> tuple[bool, float, int]:
        merit = each.merit(by)
        return merit is None, -(merit or 0.0), each.number

    return sorted((each for each in tried if each.refused is None), key=place)


def by_number(tried: Sequence[Tried]) -> Mapping[int, Tried]:
    """The same, found by number and in that order."""
    return {each.number: each for each in sorted(tried, key=lambda each: each.number)}
