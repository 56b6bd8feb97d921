"""The projector: pages of a tape into read models, each page in one transaction.

A group of read models moves along one tape together. How far they have come is committed with
what they became, and moves only from where it was read: a page is projected once or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, LiteralString, Protocol

import psycopg
from psycopg.rows import tuple_row

from projections.page import Cursor, Page, Row

Connection = psycopg.Connection[Any]
Project = Callable[[Cursor, Page], None]

PAGE = 500
POLL = 1.0
STANDBY = 0.5


class PositionMoved(Exception):
    """Another process has projected this page: read the positions again."""


class Source(Protocol):
    """A tape to follow; it listens before it is first read, and one process leads."""

    def lead(self) -> bool: ...
    def page(self, after: int, limit: int) -> Sequence[Row]: ...
    def wait(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A read model by its name in `read.positions`, and what a page of events does to it."""

    name: str
    project: Project


def as_read(connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:  # noqa: ARG001
    """A page as it was read: most groups prepare nothing."""
    return rows


@dataclass(frozen=True, slots=True)
class Group:
    """Read models that follow a tape together.

    `prepare` computes outside of the transaction what a page needs, and may shorten the page.
    `wakes` is the channel that is notified when a page is committed.
    """

    name: str
    tape: str
    read_models: tuple[ReadModel, ...]
    prepare: Callable[[Connection, Sequence[Row]], Sequence[Row]] = as_read
    wakes: str | None = None


def project_page(
    connection: Connection,
    read_models: Sequence[ReadModel],
    tape: str,
    rows: Sequence[Row],
    expected: int,
    wakes: str | None = None,
) -> int:
    """Project a page and move the positions from `expected`; returns the new position.

    All of it or nothing is committed. Raises PositionMoved.
    """
    page = Page(rows)
    names = [read_model.name for read_model in read_models]
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_SETTINGS)
        cursor.execute(_MOVE, [page.last, names, tape, expected])
        if cursor.rowcount != len(names):
            raise PositionMoved(f"{', '.join(names)} at {expected}: {PositionMoved.__doc__}")
        for read_model in read_models:
            read_model.project(cursor, page)
        if wakes is not None:
            cursor.execute("SELECT pg_notify(%s, %s)", [wakes, str(page.last)])
    return page.last


def positions(connection: Connection, group: Group) -> dict[str, int]:
    """How far each read model of a group has come; a new one begins at 0."""
    names = [read_model.name for read_model in group.read_models]
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_BEGIN, [group.tape, names])
        cursor.execute(_POSITIONS, [names, group.tape])
        return dict(cursor.fetchall())


class Projector:
    """Moves a group along its tape. `connection` must be in autocommit mode."""

    def __init__(
        self, group: Group, source: Source, connection: Connection, *, page: int = PAGE
    ) -> None:
        self._group = group
        self._source = source
        self._connection = connection
        self._page = page

    def run(self, stop: Event) -> None:
        """Follow the tape until told to stop; stand by while another process leads."""
        while not self._source.lead():
            if stop.wait(STANDBY):
                return
        while not stop.is_set():
            if not self.step():
                self._source.wait(POLL)

    def catch_up(self) -> None:
        """Project all there is now."""
        while self.step():
            pass

    def step(self) -> bool:
        """Project one page for those that are furthest behind; False if nothing is new."""
        at = positions(self._connection, self._group)
        behind = min(at.values())
        rows = self._source.page(behind, self._page)
        meet = min((position for position in at.values() if position > behind), default=None)
        if meet is not None:
            rows = [row for row in rows if row.position <= meet]
        rows = self._group.prepare(self._connection, rows) if rows else rows
        if not rows:
            return False
        read_models = [each for each in self._group.read_models if at[each.name] == behind]
        project_page(
            self._connection, read_models, self._group.tape, rows, behind, self._group.wakes
        )
        return True


# A plan made while the tables were small would read them whole; and what a crash takes back is
# projected again to the same rows, so that nobody need wait for the disk.
_SETTINGS: LiteralString = """
    SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off; SET LOCAL synchronous_commit = off"""
_MOVE: LiteralString = """
    UPDATE read.positions SET position = %s
    WHERE projection = ANY(%s) AND tape = %s AND position = %s"""
_BEGIN: LiteralString = """
    INSERT INTO read.positions SELECT name, %s, 0 FROM unnest(%s::text[]) AS name
    ON CONFLICT DO NOTHING"""
_POSITIONS: LiteralString = """
    SELECT projection, position FROM read.positions WHERE projection = ANY(%s) AND tape = %s"""
