"""What a new source of a strategy changes against the one that traded."""

from collections.abc import Iterator
from difflib import ndiff

import msgspec

from adapters.strategies.description import ParameterDescription, parameters_of
from adapters.strategies.offers import Offer
from adapters.strategies.sources import Source


class FileChange(msgspec.Struct, frozen=True):
    """A file with how many lines are new and how many are gone."""

    path: str
    added: int
    removed: int


class Changes(msgspec.Struct, frozen=True):
    """What differs: files, and parameters in sentences."""

    files: list[FileChange]
    parameters: list[str]


def changes(before: Source, deployed: Offer | None, now: Offer) -> Changes:
    """From a source that traded, and its strategy if it can still be loaded, to a new one."""
    parameters = [] if deployed is None else list(_parameters(deployed, now))
    return Changes(list(_files(before, now.source)), parameters)


def _files(before: Source, now: Source) -> Iterator[FileChange]:
    for path in sorted({*before.files, *now.files}):
        old, new = (source.files.get(path, "").splitlines() for source in (before, now))
        if old != new:
            marks = [line[0] for line in ndiff(old, new)]
            yield FileChange(path, marks.count("+"), marks.count("-"))


def _parameters(before: Offer, now: Offer) -> Iterator[str]:
    old, new = ({each.name: each for each in parameters_of(offer.kind)} for offer in (before, now))
    yield from (f"{name} is gone" for name in old if name not in new)
    yield from (f"{name} is new: {each.default}" for name, each in new.items() if name not in old)
    yield from (_difference(old[name], each) for name, each in new.items() if _differs(old, each))


def _differs(old: dict[str, ParameterDescription], now: ParameterDescription) -> bool:
    before = old.get(now.name)
    return before is not None and (before.default, before.bounds) != (now.default, now.bounds)


def _difference(before: ParameterDescription, now: ParameterDescription) -> str:
    if before.default != now.default:
        return f"{now.name}: {before.default} by default is now {now.default}"
    return f"{now.name}: it may be {before.bounds or 'anything'}, now {now.bounds or 'anything'}"
