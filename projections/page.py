"""A page of a tape, as the read models take it in: raw JSON by topic, never decoded in Python."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple, Protocol

import psycopg

Cursor = psycopg.Cursor[Any]


class Row(Protocol):
    """An event as it lies on a tape."""

    @property
    def position(self) -> int: ...
    @property
    def originator_version(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def state(self) -> bytes: ...


class Step(NamedTuple):
    """A statement over the facts of some topics, which it gets as the JSON array `facts`."""

    topics: tuple[str, ...]
    statement: LiteralString


class Page:
    """Consecutive events of one tape, in order of position; topics that nobody knows are passed."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.topics = {row.topic for row in rows}

    @property
    def last(self) -> int:
        """The position of the newest event."""
        return self.rows[-1].position

    def of(self, *topics: str) -> list[Row]:
        """The events of these topics."""
        return [row for row in self.rows if row.topic in topics]

    def json(self, *topics: str) -> str:
        """A JSON array of the facts of these topics, each with its `topic` and `position`."""
        return f"[{','.join(map(_placed, self.of(*topics)))}]"

    def run(self, cursor: Cursor, steps: Sequence[Step]) -> None:
        """Execute the statements whose topics the page holds, in their order."""
        for step in steps:
            if not self.topics.isdisjoint(step.topics):
                cursor.execute(step.statement, {"facts": self.json(*step.topics)}, prepare=True)


def _placed(row: Row) -> str:
    return f'{{"topic":"{row.topic}","position":{row.position},{row.state[1:].decode()}'
