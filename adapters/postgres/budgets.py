"""The budget of an exchange in the database: shared by all processes, on the database's clock."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import psycopg

from adapters.exchanges.budget import Reservation

_RESERVE = """
    INSERT INTO ops.budgets AS b (exchange, free_at)
    VALUES (%(exchange)s, clock_timestamp() + %(span)s * interval '1 second')
    ON CONFLICT (exchange) DO UPDATE
    SET free_at = greatest(b.free_at, clock_timestamp()) + %(span)s * interval '1 second'
    WHERE (b.closed_until IS NULL OR b.closed_until <= clock_timestamp())
    AND greatest(b.free_at, clock_timestamp()) + (%(span)s - %(slack)s) * interval '1 second'
        <= clock_timestamp() + %(patience)s * interval '1 second'
    RETURNING extract(epoch FROM free_at - clock_timestamp())::float8 - %(slack)s"""
_REFUSED = """
    SELECT extract(epoch FROM closed_until - clock_timestamp())::float8, why,
        extract(epoch FROM free_at - clock_timestamp())::float8 + %(span)s - %(slack)s
    FROM ops.budgets WHERE exchange = %(exchange)s"""
_CLOSE = """
    INSERT INTO ops.budgets AS b (exchange, free_at, closed_until, why)
    VALUES (%(exchange)s, clock_timestamp(),
        clock_timestamp() + %(seconds)s * interval '1 second', %(why)s)
    ON CONFLICT (exchange) DO UPDATE
    SET closed_until = excluded.closed_until, why = excluded.why
    WHERE b.closed_until IS NULL OR b.closed_until < excluded.closed_until"""
_CLOSED = """
    SELECT extract(epoch FROM closed_until - clock_timestamp())::float8, why
    FROM ops.budgets WHERE exchange = %(exchange)s AND closed_until > clock_timestamp()"""
_UNSAID = "it did not say why"


class PostgresBudget:
    """The row of one exchange in ops.budgets, over a connection of its own, made when needed.

    A connection that broke is made again, once: psycopg.OperationalError if that fails too.
    """

    def __init__(self, url: str, exchange: str) -> None:
        self._url = url
        self._exchange = exchange
        self._lock = Lock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def reserve(self, span: float, slack: float, patience: float) -> Reservation:
        slack = max(slack, span)
        asked = {"span": span, "slack": slack, "patience": patience}
        row = self._row(_RESERVE, asked)
        if row is not None:
            return Reservation(True, max(row[0], 0.0))
        closed, why, wait = self._row(_REFUSED, asked) or (None, None, 0.0)
        if closed is not None and closed > 0:
            return Reservation(False, closed, why or _UNSAID)
        return Reservation(False, max(wait, 0.0))

    def close_for(self, seconds: float, why: str) -> None:
        self._row(_CLOSE, {"seconds": seconds, "why": why})

    def closed(self) -> Reservation | None:
        row = self._row(_CLOSED, {})
        return None if row is None else Reservation(False, max(row[0], 0.0), row[1] or _UNSAID)

    def close(self) -> None:
        """Close the connection; the budget stays, and a later question opens another."""
        with self._lock:
            self._drop()

    def _row(self, statement: str, asked: Mapping[str, object]) -> tuple[Any, ...] | None:
        with self._lock:
            try:
                return self._executed(statement, asked)
            except psycopg.OperationalError:
                self._drop()
                return self._executed(statement, asked)

    def _executed(self, statement: str, asked: Mapping[str, object]) -> tuple[Any, ...] | None:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=5,
                application_name=f"papertape budget {self._exchange}",
            )
        cursor = self._connection.execute(statement, {**asked, "exchange": self._exchange})
        return cursor.fetchone() if cursor.description else None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
