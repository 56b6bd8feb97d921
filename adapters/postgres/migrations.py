"""Bringing a database to the tables of this release. Alembic owns them all."""

from importlib.util import find_spec
from pathlib import Path

import psycopg

_UPGRADE_LOCK = 7_205_759_403_792_793


def upgrade(url: str) -> None:
    """Create or upgrade all tables. Several processes may call it at once."""
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_UPGRADE_LOCK])
        if _revision(guard) != newest_revision():
            _run_alembic(url)


def newest_revision() -> str:
    """The name of the newest migration: they are numbered."""
    return max(path.name[:4] for path in (scripts() / "versions").glob("[0-9]*.py"))


def scripts() -> Path:
    """The migrations: beside the code in a checkout, in a package of their own when installed."""
    beside = Path(__file__).parents[2] / "alembic"
    if (beside / "env.py").exists():
        return beside
    spec = find_spec("papertape_migrations")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))


def _revision(connection: psycopg.Connection) -> str | None:
    known = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if known is None or known[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def _run_alembic(url: str) -> None:
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    from alembic import command  # noqa: PLC0415 slow, and only needed for a new release

    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.set_main_option("path_separator", "os")
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:  # all others speak of the database in the driver's own words
        raise psycopg.OperationalError(str(error.orig)) from error
