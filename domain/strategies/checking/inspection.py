"""One check of a strategy: how it is asked, and how a failure becomes a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from domain.candles import Candles
from domain.strategies.checking.asking import Answer, Failed, Question
from domain.strategies.checking.failing import refusal
from domain.strategies.checking.findings import CheckSeries
from domain.strategies.checking.stretches import Stretch

Progress = Callable[[str, float], None]
"""Told what is being looked at, and which share of it is done, from 0 to 1."""


def untold(_what: str, _share: float) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A question, the series to ask it about, and how often."""

    question: Question
    subjects: tuple[tuple[Stretch, ...], ...]
    """The stretches of each series."""
    cuts: int
    progress: Progress

    def afresh(self) -> Self:
        """The same with an instance that has never been asked."""
        return type(self)(self.question.afresh(), self.subjects, self.cuts, self.progress)

    def ask(self, series: CheckSeries, candles: Candles) -> Answer:
        """What the strategy says of a part of a series; raises Refused where it fails."""
        try:
            return self.question.asked(candles)
        except Failed as failed:
            raise refusal(self.question, series, candles, failed) from failed

    def told(self, what: str, done: float, of: int) -> None:
        """Tell how far a check is."""
        self.progress(what, done / of)
