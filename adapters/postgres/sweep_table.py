"""The results of sweeps, kept beside the tapes."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg.types.json import Jsonb

from application.sweeping.tried import Tried

Connection = psycopg.Connection[tuple[Any, ...]]

_SWEEP: LiteralString = (
    "INSERT INTO backtests.sweeps (id, asked) VALUES (%s, %s) ON CONFLICT DO NOTHING"
)
_KEPT: LiteralString = """
    SELECT number, parameters, figures, refused, failure FROM backtests.sweep_results
    WHERE sweep = %s ORDER BY number"""
_KEEP: LiteralString = """
    INSERT INTO backtests.sweep_results (sweep, number, parameters, figures, refused, failure)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""


class SweepTable:
    """The results of the sweep with that identity; `asked` says to a reader what it is of."""

    def __init__(self, connection: Connection, sweep: str, asked: Mapping[str, Any]) -> None:
        self._connection = connection
        self._sweep = sweep
        connection.execute(_SWEEP, [sweep, Jsonb(dict(asked))])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """The connection is its owner's."""

    def kept(self) -> Sequence[Tried]:
        """What is in the table."""
        rows = self._connection.execute(_KEPT, [self._sweep])
        return [Tried(*row) for row in rows]

    def keep(self, tried: Sequence[Tried]) -> None:
        """Add rows in one transaction."""
        rows = [
            (self._sweep, each.number, Jsonb(each.parameters), Jsonb(each.figures),
             each.refused, each.failure)
            for each in tried
        ]  # fmt: skip
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_KEEP, rows)
