"""What the queries of all read models share."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL, Composable, Identifier, Placeholder

Connection = psycopg.Connection[Any]
R = TypeVar("R")


def newest_first(
    connection: Connection,
    row: type[R],
    table: str,
    wanted: Mapping[str, object],
    after: int | None,
    limit: int,
) -> list[R]:
    """At most `limit` rows, newest first; `after` is the position of the last one seen.

    `wanted` gives the value of columns; None means any.
    """
    wishes = {column: value for column, value in wanted.items() if value is not None}
    conditions = [equals(column) for column in wishes]
    if after is not None:
        conditions.append(SQL("position < %(after)s"))
    query = SQL("{} {} ORDER BY position DESC LIMIT %(limit)s").format(
        select(row, table), where(conditions)
    )
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query, {**wishes, "after": after, "limit": limit}).fetchall()


def all_rows(
    connection: Connection, row: type[R], table: str, wanted: Mapping[str, object], *order: str
) -> list[R]:
    """All rows with these values of columns (None means any), ordered by columns."""
    wishes = {column: value for column, value in wanted.items() if value is not None}
    query = SQL("{} {} ORDER BY {}").format(
        select(row, table),
        where([equals(column) for column in wishes]),
        SQL(", ").join(map(Identifier, order)),
    )
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query, wishes).fetchall()


def one_row(
    connection: Connection, row: type[R], table: str, key: Mapping[str, object]
) -> R | None:
    """The row of a key, if there is one."""
    query = SQL("{} {}").format(select(row, table), where([equals(column) for column in key]))
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query, key).fetchone()


def select(row: type[Any], table: str) -> Composable:
    """SELECT of a row's own columns."""
    columns = SQL(", ").join(Identifier(field.name) for field in fields(row))
    return SQL("SELECT {} FROM {}").format(columns, Identifier("read", table))


def where(conditions: list[Composable]) -> Composable:
    """All conditions; nothing if there are none."""
    return SQL("WHERE {}").format(SQL(" AND ").join(conditions)) if conditions else SQL("")


def equals(column: str) -> Composable:
    """The condition that a column has the value of its name."""
    return SQL("{} = {}").format(Identifier(column), Placeholder(column))
