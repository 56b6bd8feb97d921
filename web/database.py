"""Connections for requests: few, read-only, and replaced when Postgres was away."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import psycopg
from fastapi import Depends, Request
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[Any]
R = TypeVar("R")

_PATIENCE = 3.0  # seconds to wait for a connection before 503


class Database:
    """A pool that is asked from worker threads, never from the event loop."""

    def __init__(self, url: str, connections: int) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=_PATIENCE,
            reconnect_timeout=30,
            configure=_read_only,
            check=ConnectionPool.check_connection,
            kwargs={"autocommit": True, "application_name": "papertape web"},
        )

    def open(self) -> None:
        """Begin to connect; returns at once."""
        self._pool.open(wait=False)

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def ask(self, query: Callable[[Connection], R]) -> R:
        """The answer to a query. Raises psycopg.OperationalError while Postgres is away."""
        with self._pool.connection() as connection:
            return query(connection)


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


Db = Annotated[Database, Depends(_database)]


def _read_only(connection: Connection) -> None:
    """The web layer never writes, and no request may hold a connection for long."""
    connection.execute(
        "SET timezone = 'UTC'; SET statement_timeout = '10s';"
        " SET default_transaction_read_only = on"
    )
