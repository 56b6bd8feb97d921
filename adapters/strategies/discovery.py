"""Which strategies there are: built in, of installed packages, and in files of the user's."""

import warnings
from collections.abc import Iterator
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from adapters.strategies.errors import BadStrategy
from adapters.strategies.gathering import shown
from adapters.strategies.loading import look_at, sentence, strategies_in
from adapters.strategies.naming import may_define
from adapters.strategies.offers import Offer, Offers
from adapters.strategies.sources import Source, source_in, source_of
from domain.strategies import STRATEGIES
from domain.strategies.strategy import Strategy

GROUP = "papertape.strategies"


def built_in() -> dict[str, Offer]:
    """The strategies that come with Papertape, by name."""
    return {name: offered_here(name) for name in sorted(STRATEGIES)}


@cache
def offered_here(name: str) -> Offer:
    """The strategy of that name that comes with Papertape."""
    kind = STRATEGIES[name]
    return Offer(name, "built in", kind.__module__, kind, source_of(kind))


def packaged() -> dict[str, list[EntryPoint]]:
    """What installed packages announce, by name; none of it is imported."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        same = found.setdefault(entry.name, [])
        if _place(entry) not in map(_place, same):
            same.append(entry)
    return found


def announced(entries: list[EntryPoint]) -> Offer:
    """The strategy that is announced by a name; raises BadStrategy."""
    entry, *others = entries
    where = _place(entry)
    for other in others:
        what = f"{_place(other)} announces a strategy {entry.name!r} too"
        raise BadStrategy(where, what, "Remove one of these packages.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # other people's source
            kind = entry.load()
        if not (isinstance(kind, type) and issubclass(kind, Strategy)):
            raise BadStrategy(where, "it is no Strategy", "Let the entry point name a class.")
        if kind.name != entry.name:
            what = f"the strategy's name is {kind.name!r}"
            raise BadStrategy(where, what, "Let the entry point have the strategy's name.")
        look_at(kind, where)
    except BadStrategy:
        raise
    except (Exception, SystemExit) as error:
        raise BadStrategy(where, sentence(error), "Update or remove that package.") from error
    return Offer(kind.name, "package", where, kind, source_of(kind))


def offers_in(folder: Path, name: str | None = None) -> Offers:
    """The strategies of all modules of a folder, or of those that may define one of that name.

    No other module is run.
    """
    found, sources = Offers(), []
    for module in _modules(folder):
        try:
            sources.append(source_in(folder, module))
        except BadStrategy as bad:
            found.broken.append(bad)
    for source in sources:
        try:
            for offer in offered(source, folder) if may_define(source, name) else ():
                found.add(offer)
        except BadStrategy as bad:
            found.failed.append(bad)
    return found


def offers_of(path: Path) -> list[Offer]:
    """The strategies of a file, or of a package's folder; raises BadStrategy."""
    module, folder = path.absolute(), path.absolute().parent
    names = [module.stem if module.suffix == ".py" else module.name]
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    name = ".".join(names).removesuffix(".__init__")
    found = offered(source_in(folder, name), folder)
    if not found:
        advice = "Write one: `class Breakout(Strategy, frozen=True)`, imported from papertape."
        raise BadStrategy(shown(path), "it defines no strategy", advice)
    return found


def offered(source: Source, folder: Path) -> list[Offer]:
    """The strategies of a module of a folder; raises BadStrategy."""
    place = partial(_place_in, folder)
    where = place(source.path)
    return [
        Offer(name, "file", where, kind, source, place)
        for name, kind in sorted(strategies_in(source, place).items())
    ]


def everything(folder: Path | None) -> Offers:
    """All that can be configured. A name belongs to the first of: built in, package, file."""
    found = Offers()
    for offer in built_in().values():
        found.add(offer)
    for entries in packaged().values():
        try:
            found.add(announced(entries))
        except BadStrategy as bad:
            found.broken.append(bad)
    if folder is not None:
        found.join(offers_in(folder))
    return found


def _modules(folder: Path) -> Iterator[str]:
    """The modules and packages directly in a folder, but those that begin with `_` or `.`."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name[0] not in "_." and (path / "__init__.py").is_file():
            yield path.name
        elif path.name[0] not in "_." and path.suffix == ".py" and path.is_file():
            yield path.stem


def _place(entry: EntryPoint) -> str:
    dist: Any = entry.dist
    package = f"{dist.name} {dist.version}" if dist is not None else "an installed package"
    return f"{package} ({entry.value})"


def _place_in(folder: Path, path: str) -> str:
    return shown(folder / path)
