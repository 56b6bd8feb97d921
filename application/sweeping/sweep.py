"""Try all candidates that were not tried before, and keep what comes of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from application.sweeping.tried import Candidate, Results, Tried, by_number

TryAll = Callable[[Sequence[Candidate]], Iterator[Sequence[Tried]]]
"""Tries candidates in any order and hands over some at a time; what KeyboardInterrupt stops."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What is known of the candidates, by number; `repeated` of them an earlier run had tried."""

    tried: tuple[Tried, ...]
    repeated: int
    wanted: int

    @property
    def is_whole(self) -> bool:
        return len(self.tried) == self.wanted

    @property
    def refused(self) -> list[Tried]:
        return [each for each in self.tried if each.refused is not None]

    @property
    def failed(self) -> list[Tried]:
        return [each for each in self.tried if each.failure is not None]


def sweep(
    candidates: Sequence[Candidate], results: Results, try_all: TryAll,
    tell: Callable[[int], None] = lambda _: None,
) -> Swept:  # fmt: skip
    """Try what is missing; `tell` hears how many more are done. Ctrl-C keeps what is done."""
    known = dict(by_number(results.kept()))
    repeated = len(known)
    tell(repeated)
    try:
        for some in try_all([each for each in candidates if each.number not in known]):
            results.keep(some)
            known.update(by_number(some))
            tell(len(some))
    except KeyboardInterrupt:
        pass
    return Swept(tuple(by_number([*known.values()]).values()), repeated, len(candidates))
