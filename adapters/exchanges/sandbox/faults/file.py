"""A file of faults, read and refused in one line."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from adapters.exchanges.sandbox.faults.kinds import KINDS, Fault, Faults, Limit


class BadFaults(ValueError):
    """A file of faults is not as it should be; the message says what and where."""


def read_faults(path: Path) -> Faults:
    """The faults of a TOML file; raises BadFaults."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadFaults(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadFaults(f"{path}: {error}") from error
    return _faults(written, str(path))


def _faults(written: dict[str, Any], file: str) -> Faults:
    unknown = sorted(written.keys() - {"faults", "limit", "seed"})
    if unknown:
        raise BadFaults(f"{file}: unknown key {unknown[0]!r}; there are faults, limit and seed")
    tables = written.get("faults", [])
    if not isinstance(tables, list):
        raise BadFaults(f"{file}: each fault begins with [[faults]]")
    return Faults(
        faults=tuple(_fault(table, f"{file}: fault {n}") for n, table in enumerate(tables, 1)),
        limit=_converted(written.get("limit", {}), Limit, f"{file}: limit"),
        seed=_converted(written.get("seed"), int | None, f"{file}: seed"),
    )


def _fault(table: Any, place: str) -> Fault:
    kind = table.get("kind") if isinstance(table, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadFaults(f"{place}: unknown kind {kind!r}; there are {', '.join(sorted(KINDS))}")
    fault: Fault = _converted(table, KINDS[kind], f"{place} ({kind})")
    return fault


def _converted(value: Any, kind: Any, place: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise BadFaults(f"{place}: {_in_our_words(str(error))}") from error


def _in_our_words(message: str) -> str:
    return (
        message.replace("Object contains unknown field", "unknown key")
        .replace("Object missing required field", "missing key")
        .replace(" - at `$.", " - at `")
    )
