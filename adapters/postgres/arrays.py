"""Arrays of fixed-size elements for Postgres, laid out by numpy instead of one by one."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

_KINDS = {  # of an element: its type in numpy, its oid, the oid of the array
    "int4": (">i4", 23, 1007),
    "int8": (">i8", 20, 1016),
    "float8": (">f8", 701, 1022),
    "uuid": ("V16", 2950, 2951),
}


class Int4s(list[int]):
    """For an `int[]`."""


class Int8s(list[int]):
    """For a `bigint[]`."""


class Float8s(list[float]):
    """For a `float8[]`."""


class Uuids(list[UUID]):
    """For a `uuid[]`."""


class _ArrayDumper(Dumper):
    """Header (dimensions, nulls, element, length, lower bound), then each element by length."""

    format = Format.BINARY
    kind: str

    def dump(self, obj: Sequence[object]) -> bytes:
        """The array as Postgres sends it."""
        element, element_oid, _ = _KINDS[self.kind]
        values = self._values(obj, element)
        rows = np.empty(len(values), dtype=[("length", ">i4"), ("value", element)])
        rows["length"], rows["value"] = values.itemsize, values
        header = np.array([1, 0, element_oid, len(values), 1], dtype=">i4")
        return header.tobytes() + rows.tobytes()

    def _values(self, obj: Iterable[object], element: str) -> NDArray[np.generic]:
        return np.array(obj, dtype=element)


class _UuidsDumper(_ArrayDumper):
    def _values(self, obj: Iterable[object], element: str) -> NDArray[np.generic]:
        return np.frombuffer(b"".join(each.bytes for each in obj), dtype=element)  # type: ignore[attr-defined]


def _register(of: type, kind: str, base: type[_ArrayDumper] = _ArrayDumper) -> None:
    dumper = type(f"{of.__name__}Dumper", (base,), {"kind": kind, "oid": _KINDS[kind][2]})
    psycopg.adapters.register_dumper(of, dumper)


_register(Int4s, "int4")
_register(Int8s, "int8")
_register(Float8s, "float8")
_register(Uuids, "uuid", _UuidsDumper)
