"""Migrations: any number of times, by any number of processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.migrations import newest_revision, upgrade
from tests.conftest import url_of
from tests.projections.history import ask


@pytest.fixture
def empty(server: str) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"papertape_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield url_of(server, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def revision(url: str) -> list[str]:
    return ask(url, "SELECT version_num FROM public.alembic_version")


def test_several_processes_may_upgrade_at_once(empty: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(upgrade, empty) for _ in range(3)]:
            done.result()
    assert revision(empty) == [newest_revision()]


def test_a_second_upgrade_changes_nothing(database: str) -> None:
    epoch = ask(database, "SELECT epoch FROM ops.epoch")
    upgrade(database)
    assert ask(database, "SELECT epoch FROM ops.epoch") == epoch
    assert revision(database) == [newest_revision()]


def test_every_table_says_what_kind_it_is(database: str) -> None:
    kinds = """
        SELECT n.nspname || '.' || c.relname FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname IN ('market', 'trading', 'read', 'ops', 'backtests')
          AND coalesce(obj_description(c.oid), '') !~ '^(tape|derived|operational): '"""
    assert ask(database, kinds) == []


def test_everything_in_the_schema_of_read_models_is_derived(database: str) -> None:
    kinds = """
        SELECT DISTINCT split_part(obj_description(c.oid), ':', 1) FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname = 'read'"""
    assert ask(database, kinds) == ["derived"]
