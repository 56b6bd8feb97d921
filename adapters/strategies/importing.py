"""Importing a source from its text: under a name of its own, beside other versions of itself.

Nothing is read from the folder that it came from and nothing is written there. What a source
imports is looked for in the source first, and then where Python looks.
"""

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

from adapters.indicators.backtrader_code import backtrader
from adapters.strategies.gathering import file_of
from adapters.strategies.sources import Source

PRIVATE = "papertape_strategies"
_DIGITS = 16


def imported(source: Source) -> ModuleType:
    """The source's module, run once in a process. Raises whatever its code raises."""
    _SOURCES.known[_version(source)] = source
    return import_module(f"{private_name(source)}.{source.module}")


def private_name(source: Source) -> str:
    """The package under which its modules are imported."""
    return f"{PRIVATE}.{_version(source)}"


def path_in(source: Source, file_name: str) -> str | None:
    """Which of the source's files a code object says that it is of."""
    path = file_name.removeprefix(f"{private_name(source)}/")
    return path if path in source.files and path != file_name else None


def _version(source: Source) -> str:
    return f"v{source.sha256[:_DIGITS]}"


class _Sources(MetaPathFinder):
    """Finds the modules of known sources, by version."""

    def __init__(self) -> None:
        self.known: dict[str, Source] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 every finder is asked so
        target: ModuleType | None = None,  # noqa: ARG002 likewise
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        version, _, module = rest.partition(".")
        if root != PRIVATE or (rest and version not in self.known):
            return None
        return _spec(fullname, self.known[version], module) if module else _package(fullname)


def _package(name: str) -> ModuleSpec:
    """A package without a file."""
    return ModuleSpec(name, None, is_package=True)


def _spec(name: str, source: Source, module: str) -> ModuleSpec | None:
    path = file_of(module, source.files)
    if path is None:
        return _package(name) if _is_folder(source, module) else None
    loader = _Text(source, path)
    return spec_from_loader(name, loader, is_package=path.endswith("__init__.py"))


def _is_folder(source: Source, module: str) -> bool:
    return any(path.startswith(module.replace(".", "/") + "/") for path in source.files)


class _Text(Loader):
    """Runs the text of a source's file."""

    def __init__(self, source: Source, path: str) -> None:
        self._source = source
        self._path = path

    def exec_module(self, module: ModuleType) -> None:
        file_name = f"{private_name(self._source)}/{self._path}"
        code = compile(self.get_source(), file_name, "exec", dont_inherit=True)
        own = {**vars(builtins), "__import__": _Import(self._source)}
        module.__dict__["__builtins__"] = own
        exec(code, module.__dict__)

    def get_source(self, name: str | None = None) -> str:  # noqa: ARG002 tracebacks ask so
        """The text: what tracebacks show lines of."""
        return self._source.files[self._path]


class _Import:
    """What `import` means within a source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if level and str((globals or {}).get("__package__")).count(".") < level:
            raise ImportError("relative import beyond the folder that strategies are in")
        if level or not self._is_own(name):
            if name.partition(".")[0] == "backtrader" and not level:
                backtrader()  # its warnings are kept away
            return builtins.__import__(name, globals, locals, fromlist, level)
        inside = private_name(self._source)
        if fromlist:
            return builtins.__import__(f"{inside}.{name}", globals, locals, fromlist, 0)
        import_module(f"{inside}.{name}")
        return sys.modules[f"{inside}.{name.partition('.')[0]}"]

    def _is_own(self, name: str) -> bool:
        return file_of(name, self._source.files) is not None or _is_folder(self._source, name)


_SOURCES = _Sources()
sys.meta_path.insert(0, _SOURCES)
