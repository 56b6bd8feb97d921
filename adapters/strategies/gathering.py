"""A module's file and those beside it that it imports, found without running any of them."""

import ast
import warnings
from collections.abc import Callable, Collection, Iterator
from importlib.util import decode_source, resolve_name
from itertools import islice
from pathlib import Path

from adapters.strategies.errors import BadStrategy


def gather(folder: Path, module: str, is_own: Callable[[str], bool]) -> dict[str, str]:
    """The texts of a module of a folder and of all that it imports, by path within the folder.

    `is_own` says of another module's name whether it may be one of them. Raises BadStrategy.
    """
    files: dict[str, str] = {}
    waiting = [module]
    while waiting:
        for path, name in _files_on_the_way(folder, waiting.pop()):
            if path not in files and (name == module or is_own(name)):
                files[path] = read(folder / path)
                waiting += _imported(parsed(files[path], folder / path), path, name)
    return files


def file_of(module: str, files: Collection[str]) -> str | None:
    """Which of these files a module is: as Python looks for them, packages first."""
    return next((each for each in _ways(module.replace(".", "/")) if each in files), None)


def read(file: Path) -> str:
    """The text of a Python file; raises BadStrategy."""
    try:
        return decode_source(file.read_bytes())
    except OSError as error:
        what = f"it cannot be read ({error.strerror})"
        raise BadStrategy(shown(file), what, "Look at its name and permissions.") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise BadStrategy(shown(file), "it is not a text in UTF-8", "Save it as such.") from error


def parsed(text: str, file: Path) -> ast.Module:
    """A file's syntax tree; raises BadStrategy."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # importing it will give them
            return ast.parse(text)
    except SyntaxError as error:
        where = f"{shown(file)}, line {error.lineno}" if error.lineno else shown(file)
        raise BadStrategy(where, f"{type(error).__name__}: {error.msg}", "Mend it.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadStrategy(shown(file), f"it is no Python: {error}", "Mend it.") from error


def shown(file: Path) -> str:
    """A path as a reader of this folder would write it."""
    try:
        return str(file.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _files_on_the_way(folder: Path, module: str) -> Iterator[tuple[str, str]]:
    """The files of a module and of the packages that it is in, each with its module's name."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        path = name.replace(".", "/")
        found = (each for each in _ways(path) if (folder / each).is_file())
        yield from ((each, name) for each in islice(found, 1))


def _ways(path: str) -> tuple[str, str]:
    return f"{path}/__init__.py", f"{path}.py"


def _imported(tree: ast.Module, path: str, module: str) -> Iterator[str]:
    """The names of all that a module may import, those inside its functions too."""
    package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported_from(node, package)


def _imported_from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """The module, and each name of it, which may be a module too."""
    name = _absolute(node, package)
    yield from ([name] if name else [])
    yield from (f"{name}.{alias.name}".lstrip(".") for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """From where, counted from the folder; nothing for the folder itself."""
    inside = f"folder.{package}".rstrip(".")
    try:
        found = resolve_name("." * node.level + (node.module or ""), inside)
    except ImportError:  # beyond the folder: importing it will say so
        return ""
    return found.removeprefix("folder").lstrip(".") if node.level else found
