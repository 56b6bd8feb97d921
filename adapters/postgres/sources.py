"""The code of strategies, kept by its SHA-256, and which of it an operator wants traded."""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString, NamedTuple

import psycopg

Connection = psycopg.Connection[Any]

_KEEP: LiteralString = (
    "INSERT INTO trading.sources (hash, source) VALUES (%s, %s) ON CONFLICT DO NOTHING"
)
_TEXT: LiteralString = "SELECT source FROM trading.sources WHERE hash = %s"
_APPROVED: LiteralString = "SELECT name, source FROM ops.strategies"
_LAST_TRADED: LiteralString = """
    SELECT DISTINCT ON (fact->>'strategy') fact->>'strategy', fact->>'source'
    FROM trading.events WHERE topic = 'StrategyDeployed'
      AND fact->>'source' IN (SELECT hash FROM trading.sources)
    ORDER BY fact->>'strategy', position DESC"""
_APPROVE: LiteralString = """
    INSERT INTO ops.strategies (name, source, by) VALUES (%(name)s, %(sha256)s, %(by)s)
    ON CONFLICT (name) DO UPDATE SET source = excluded.source, at = excluded.at, by = excluded.by"""
_APPROVE_FIRST: LiteralString = """
    INSERT INTO ops.strategies (name, source, by) VALUES (%(name)s, %(sha256)s, %(by)s)
    ON CONFLICT (name) DO NOTHING"""


class Approval(NamedTuple):
    """What is to be traded by a name: the SHA-256 and the text of its source."""

    name: str
    sha256: str
    text: str


def keep_sources(connection: Connection, sources: Mapping[str, str]) -> None:
    """Keep each source once; `sources` maps SHA-256 to text."""
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP, list(sources.items()))


def source_text(connection: Connection, sha256: str) -> str | None:
    """The text of a source that is kept."""
    row = connection.execute(_TEXT, [sha256]).fetchone()
    return None if row is None else str(row[0])


def approved(connection: Connection) -> dict[str, str]:
    """The source (SHA-256) of each strategy that was deployed from a file, by name."""
    return dict(connection.execute(_APPROVED).fetchall())


def last_traded(connection: Connection) -> dict[str, str]:
    """The source (SHA-256) that the tape names last for each strategy, where its text is kept."""
    return dict(connection.execute(_LAST_TRADED).fetchall())


def approve(connection: Connection, approval: Approval, by: str) -> None:
    """Keep a source and let it trade by that name from the next start on."""
    _approve(connection, _APPROVE, [approval], by)


def approve_first(connection: Connection, approvals: Iterable[Approval], by: str) -> None:
    """The same for several at once; a name that was approved meanwhile keeps what it has."""
    _approve(connection, _APPROVE_FIRST, list(approvals), by)


def disapprove(connection: Connection, name: str) -> None:
    """Let what is installed trade by that name from the next start on."""
    connection.execute("DELETE FROM ops.strategies WHERE name = %s", [name])


def _approve(
    connection: Connection, query: LiteralString, approvals: list[Approval], by: str
) -> None:
    with connection.transaction():
        keep_sources(connection, {each.sha256: each.text for each in approvals})
        for each in approvals:
            connection.execute(query, {"name": each.name, "sha256": each.sha256, "by": by})
