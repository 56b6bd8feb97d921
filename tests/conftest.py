"""Databases for tests: each a clone of a migrated template, on one server for all workers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.embedded import EmbeddedPostgresFailed, EmbeddedServer
from adapters.postgres.embedded_locks import exclusive, open_private, try_lock
from adapters.postgres.migrations import upgrade
from application.tapes import MarketTape, TradingTape


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server: the one that is configured, or an embedded one."""
    configured = os.environ.get("PAPERTAPE_DATABASE_URL")
    if configured:
        yield configured
        return
    embedded = EmbeddedServer(_shared(tmp_path_factory) / "postgres")
    yield embedded.start()
    try:
        embedded.delete()
    except EmbeddedPostgresFailed:  # another worker still uses it, and will delete it
        embedded.stop()


@pytest.fixture(scope="session")
def template(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with all tables: the first worker makes it, the last drops it."""
    shared = _shared(tmp_path_factory)
    made = shared / "template"
    users = open_private(shared / "template.users")
    with exclusive(shared / "template.lock", 120):
        try_lock(users, shared=True)
        if not made.exists():
            name = f"papertape_template_{uuid4().hex}"
            _execute(server, "CREATE DATABASE {}", name)
            upgrade(url_of(server, name))
            made.write_text(name)
    yield made.read_text()
    with exclusive(shared / "template.lock", 120):
        if try_lock(users):
            _execute(server, "DROP DATABASE {}", made.read_text())
            made.unlink()
        os.close(users)


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    name = f"papertape_test_{uuid4().hex}"
    _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield url_of(server, name)
    _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def market_tape(database: str) -> Iterator[MarketTape]:
    """An empty market tape."""
    with open_market_tape(database) as tape:
        yield tape


@pytest.fixture
def trading_tape(database: str) -> Iterator[TradingTape]:
    """An empty trading tape in the same database."""
    with open_trading_tape(database) as tape:
        yield tape


@contextmanager
def open_market_tape(url: str) -> Iterator[MarketTape]:
    """The market tape of a database."""
    tape = MarketTape(env=_environment(url, "market"))
    try:
        yield tape
    finally:
        tape.close()


@contextmanager
def open_trading_tape(url: str) -> Iterator[TradingTape]:
    """The trading tape of a database."""
    tape = TradingTape(env={**_environment(url, "trading"), "IS_SNAPSHOTTING_ENABLED": "y"})
    try:
        yield tape
    finally:
        tape.close()


def _environment(url: str, schema: str) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "adapters.postgres.recorders:Factory",
        "MAPPER_TOPIC": "application.tapes:FactMapper",
        "PAPERTAPE_TAPE_URL": url,
        "POSTGRES_SCHEMA": schema,
        "CREATE_TABLE": "n",
    }


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run that all its workers see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def url_of(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    address, mark, options = url.partition("?")
    server = address.removesuffix(urlsplit(address).path)
    return f"{server}/{name}{mark}{options}"


def _execute(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL(statement).format(*map(Identifier, names)))
