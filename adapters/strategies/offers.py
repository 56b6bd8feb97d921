"""Strategies on offer: what can be configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from adapters.indicators.engine import warm_up
from adapters.strategies.errors import BadStrategy
from adapters.strategies.loading import Kind, Shown, told
from adapters.strategies.sources import Source
from domain.strategies.strategy import Parameter, Strategy
from domain.timeframes import Timeframe

Origin = Literal["built in", "package", "file"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A strategy that can be configured; `where` it is, as a reader would write it."""

    name: str
    origin: Origin
    where: str
    kind: Kind
    source: Source
    shown: Shown = field(default=str, compare=False, repr=False)

    def made(self, parameters: Mapping[str, Parameter]) -> Strategy:
        """The strategy with these parameters; raises BadParameter, BadStrategy."""
        with told(self.source, self.shown, "It fails with these parameters."):
            return self.kind.with_parameters(parameters)

    def warm_up(self, strategy: Strategy, frame: Timeframe) -> int:
        """Candles of a timeframe before one that may signal; raises BadStrategy."""
        with told(self.source, self.shown, "Look at its indicators and its timeframe."):
            return strategy.warm_up(frame, warm_up)


@dataclass(frozen=True, slots=True)
class Offers:
    """The strategies that were found, by name.

    Others are bad: names that are `taken`, modules that are no Python, and `failed` ones that
    were run because what was looked for may be there.
    """

    by_name: dict[str, Offer] = field(default_factory=dict)
    taken: dict[str, BadStrategy] = field(default_factory=dict)
    broken: list[BadStrategy] = field(default_factory=list)
    failed: list[BadStrategy] = field(default_factory=list)

    @property
    def bad(self) -> list[BadStrategy]:
        """All that is wrong."""
        return [*self.taken.values(), *self.broken, *self.failed]

    def add(self, offer: Offer) -> None:
        """Add an offer, unless its name is taken."""
        other = self.by_name.setdefault(offer.name, offer)
        if other is not offer:
            self.taken[offer.name] = _taken(offer, other)

    def join(self, others: "Offers") -> None:
        """Add others, whose names may be taken."""
        for offer in others.by_name.values():
            self.add(offer)
        self.taken.update(others.taken)
        self.broken.extend(others.broken)
        self.failed.extend(others.failed)


def _taken(offer: Offer, other: Offer) -> BadStrategy:
    owner = "built in" if other.origin == "built in" else f"in {other.where}"
    what = f"it defines {offer.name!r}, but a strategy of that name is {owner}"
    return BadStrategy(offer.where, what, "Give one of them another `name`.")
