"""Rows of eight-byte columns out of Postgres by binary COPY: bytes in, columns of numpy out."""

from collections.abc import Mapping
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.pq.abc import PGconn

INT, DOUBLE = ">i8", ">f8"
"""A `bigint` and a `float8`, as they are sent."""

_HEADER = 19  # signature, flags and length of an extension: they come with the first row


def sent_row(columns: Mapping[str, str]) -> np.dtype[Any]:
    """How a row is sent: the number of its columns, then each behind its length; none is NULL."""
    lengths = ((f"length of {name}", ">i4") for name in columns)
    pairs = zip(lengths, columns.items(), strict=True)
    return np.dtype([("columns", ">i2"), *(field for pair in pairs for field in pair)])


def copy_rows(
    connection: psycopg.Connection[Any],
    query: LiteralString,
    parameters: Mapping[str, object],
    row: np.dtype[Any],
) -> NDArray[Any]:
    """The rows of a `COPY ... TO STDOUT (FORMAT binary)`, in the byte order of the network."""
    with connection.cursor().copy(query, parameters) as copy:
        content = _rows(copy, connection.pgconn, row.itemsize)
    return np.frombuffer(memoryview(content)[_HEADER:], dtype=row)


def _rows(copy: psycopg.Copy, connection: PGconn, length: int) -> bytearray:
    """All messages that hold a row of that length; header and end alone are shorter.

    `copy` waits for each message; those that are here already come from libpq itself, in half the
    time.
    """
    content, size = bytearray(), 0
    for message in copy:
        while len(message) >= length:
            content += message
            size, message = connection.get_copy_data(1)  # noqa: PLW2901  # empty if none is here
        if size < 0:
            raise _why_it_broke_off(connection)
    return content


def _why_it_broke_off(connection: PGconn) -> psycopg.Error:
    """What the server says in the midst of the rows; the connection is ready again."""
    result = connection.get_result()
    assert result
    while connection.get_result():
        pass
    return psycopg.errors.error_from_result(result)
