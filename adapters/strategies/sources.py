"""The source of a strategy: what the tape keeps, so that a trade can be explained for ever."""

import inspect
from collections.abc import Mapping
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from adapters.strategies.errors import BadStrategy
from adapters.strategies.gathering import file_of, gather, shown
from domain.strategies.strategy import Strategy

BUILT_IN = "domain.strategies"
OURS = "papertape"
"""What is imported under this name is ours, whatever lies beside a strategy."""

_KNOWN_BY_VERSION = [f"{BUILT_IN}.{name}" for name in ("crossing", "evaluate", "strategy")]
_encoder = msgspec.json.Encoder(order="sorted")


class Source(msgspec.Struct, frozen=True, dict=True):
    """A module, and the text of its file and of those that it imports, by relative path."""

    module: str
    files: Mapping[str, str]

    @cached_property
    def text(self) -> str:
        """Canonical JSON."""
        return _encoder.encode({"module": self.module, "files": self.files}).decode()

    @cached_property
    def sha256(self) -> str:
        """Of the text, in hexadecimal."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """The relative path of the module's own file."""
        found = file_of(self.module, self.files)
        assert found is not None
        return found


def read_source(text: str) -> Source | None:
    """A source as the tape keeps it; None where it is of a release that kept another form."""
    try:
        source = msgspec.json.decode(text, type=Source)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return source if file_of(source.module, source.files) else None


def source_in(folder: Path, module: str) -> Source:
    """A module of a folder with those of the folder that it imports; raises BadStrategy."""
    files = gather(folder, module, lambda name: name.partition(".")[0] != OURS)
    if module == OURS or not file_of(module, files):
        where = shown(folder / module.replace(".", "/"))
        advice = f"Give it a name of letters, digits and _ other than {OURS!r}."
        raise BadStrategy(where, "it is no module of Python that can be imported", advice)
    return Source(module, files)


def source_of(strategy: Strategy | type[Strategy]) -> Source:
    """The module that defines an installed strategy, and what it shares with others.

    Those modules of its package that it imports; of Papertape's own, other strategies' alone, for
    the rest is known by its version. Raises BadStrategy.
    """
    kind = strategy if isinstance(strategy, type) else type(strategy)
    module, file = kind.__module__, _file_of(kind)
    package, *inner = module.split(".")
    folder = file.parents[len(inner) + (file.name == "__init__.py")]
    is_own = _is_shared if module.startswith(f"{BUILT_IN}.") else partial(_is_of, package)
    return Source(module, gather(folder, module, is_own))


def _is_shared(name: str) -> bool:
    return name.startswith(f"{BUILT_IN}.") and name not in _KNOWN_BY_VERSION


def _is_of(package: str, name: str) -> bool:
    return name.partition(".")[0] == package


def _file_of(kind: type[Any]) -> Path:
    try:
        file = inspect.getsourcefile(kind)
    except (OSError, TypeError):
        file = None
    if file is None:
        raise BadStrategy(
            f"{kind.__module__}.{kind.__name__}", "its source is not there",
            "Install it with its Python files: the tape keeps the code of all that trades.",
        )  # fmt: skip
    return Path(file)
