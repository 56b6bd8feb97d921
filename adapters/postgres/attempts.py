"""Attempts: what was asked of exchanges in vain, kept for a week for people to see."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL

from application.ports import Attempt
from projections.queries import equals, where

KEPT = 10_000
"""Attempts held between two writes, at most: the newest."""

PRUNE_EVERY = 100
"""Writes between two looks for attempts that are older than a week."""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt as it was written. `at` is our clock, not the exchange's."""

    id: int
    exchange: str
    at: datetime
    asked: str
    kind: str
    pair: str
    timeframe: str
    reason: str


class AttemptTable:
    """The attempts of one exchange. Not to be shared by threads."""

    def __init__(self, url: str, exchange: str, *, keep: int = KEPT) -> None:
        self._exchange = exchange
        self._noted: deque[Attempt] = deque(maxlen=keep)
        self._dropped = 0
        self._writes = 0
        self._connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            url, autocommit=True, application_name=f"papertape attempts {exchange}"
        )

    def note(self, attempt: Attempt) -> None:
        """Keep it until the next `flush`; of too many the newest are kept, and it is said so."""
        self._dropped += len(self._noted) == self._noted.maxlen
        self._noted.append(attempt)

    def flush(self) -> None:
        """Write all that was noted, in one statement. Raises psycopg.Error, and keeps them."""
        if self._noted:
            columns = [[_text(getattr(each, name)) for each in self._all()] for name in _COLUMNS]
            self._connection.execute(_INSERT, [self._exchange, *columns])
            self._noted.clear()
            self._dropped = 0
            if self._writes % PRUNE_EVERY == 0:
                self._connection.execute(_PRUNE)
            self._writes += 1

    def close(self) -> None:
        """End the connection; what was not flushed is lost."""
        self._connection.close()

    def _all(self) -> list[Attempt]:
        if not self._dropped:
            return list(self._noted)
        lost = f"{self._dropped} attempts before these were too many to keep"
        return [Attempt("", "dropped", lost), *self._noted]


def attempts(
    connection: psycopg.Connection[Any],
    *,
    exchange: str | None = None,
    kind: str | None = None,
    pair: str | None = None,
    after: int | None = None,
    limit: int,
) -> list[AttemptRow]:
    """Attempts, newest first; `after` is the id of the last one seen."""
    wanted = {"exchange": exchange, "kind": kind, "pair": pair}
    wishes = {column: value for column, value in wanted.items() if value is not None}
    conditions = [equals(column) for column in wishes]
    conditions += [] if after is None else [SQL("id < %(after)s")]
    query = SQL("SELECT * FROM ops.attempts {} ORDER BY id DESC LIMIT %(limit)s")
    with connection.cursor(row_factory=class_row(AttemptRow)) as cursor:
        cursor.execute(query.format(where(conditions)), {**wishes, "after": after, "limit": limit})
        return cursor.fetchall()


def _text(words: str) -> str:
    """What an exchange said, as a text that Postgres takes."""
    kept = words if len(words) <= _LONGEST else f"{words[:_LONGEST]} ..."
    return kept.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


_LONGEST = 1_000
_COLUMNS = ("asked", "kind", "pair", "timeframe", "reason")
_INSERT: LiteralString = f"""
    INSERT INTO ops.attempts (exchange, {", ".join(_COLUMNS)})
    SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"""
_PRUNE: LiteralString = "DELETE FROM ops.attempts WHERE at < now() - interval '7 days'"
