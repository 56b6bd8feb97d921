"""The queue of commands: who asks puts them in and looks for the answer, trading takes them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from application.commands import Asked, AskedCommand, BadCommand, decode_command, encode_command

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command and what came of it: `done` with the topics of its facts, or `refused` with why."""

    id: UUID
    account: str
    command: str
    asked_at: datetime
    outcome: str | None
    answer: str | None
    ended_at: datetime | None


_COLUMNS: LiteralString = "id, account, command, asked_at, outcome, answer, ended_at"
_ASK: LiteralString = """
    INSERT INTO ops.commands (id, account, command) VALUES (%s, %s, %s)
    ON CONFLICT (id) DO NOTHING"""
_WAITING: LiteralString = """
    SELECT id, account, command FROM ops.commands WHERE outcome IS NULL ORDER BY number LIMIT 100"""
_REFUSE: LiteralString = """
    UPDATE ops.commands SET outcome = 'refused', answer = %s, ended_at = clock_timestamp()
    WHERE id = %s AND outcome IS NULL"""


class CommandTable:
    """The queue as trading sees it, over its own connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self) -> list[AskedCommand]:
        """Commands that have no answer yet, oldest first."""
        rows = self._connection.execute(_WAITING).fetchall()
        return [asked for row in rows if (asked := self._read(*row)) is not None]

    def _read(self, id_: UUID, account: str, content: str) -> AskedCommand | None:
        """A waiting command; what is none, such as one of another release, is refused."""
        try:
            return AskedCommand(id_, account, decode_command(content))
        except BadCommand as error:
            self.refuse(id_, str(error))
            return None

    def refuse(self, command: UUID, why: str) -> None:
        """Answer that it cannot be done."""
        self._connection.execute(_REFUSE, [why, command])


def ask(connection: Connection, id_: UUID, account: str, command: Asked) -> None:
    """Put a command into the queue, once for each id, and wake the one that trades."""
    with connection.transaction():
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute(_ASK, [id_, account, encode_command(command)])
        connection.execute("NOTIFY commands")


def command(connection: Connection, id_: UUID) -> CommandRow | None:
    """A command and what came of it."""
    with connection.cursor(row_factory=class_row(CommandRow)) as cursor:
        query: LiteralString = f"SELECT {_COLUMNS} FROM ops.commands WHERE id = %s"
        return cursor.execute(query, [id_]).fetchone()
