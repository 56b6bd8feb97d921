"""The demo in processes of its own, and what it leaves in its database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import psycopg

from adapters.postgres.embedded import EmbeddedServer
from tests.projections.history import ask, dump

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "10"))
PERIODS = 60 + 6 * KILLS
PATIENCE = 150
"""Seconds that a demo may take at most."""

_TAPES = {
    "positions of market": "SELECT notification_id FROM market.tape_events ORDER BY 1",
    "trading": """
        SELECT notification_id, originator_id, originator_version, topic, state
        FROM trading.tape_events ORDER BY 1""",
    "typed candles": """
        SELECT s.exchange, s.pair, s.timeframe, c.open_time, c.open, c.high, c.low, c.close,
            c.volume, c.superseded_by
        FROM market.candles AS c JOIN market.series AS s ON s.id = c.series
        ORDER BY s.exchange, s.pair, s.timeframe, c.open_time, c.position""",
    "tracking": "SELECT * FROM trading.tape_tracking",
    "read positions": "SELECT * FROM read.positions ORDER BY 1, 2",
}


def start(
    arguments: list[str],
    environment: Mapping[str, str],
    errors: IO[str] | int = subprocess.PIPE,
    **options: Any,
) -> subprocess.Popen[str]:
    """Start `papertape` in a process group of its own, with these settings and no others."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("PAPERTAPE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
        **options,
    )


def demo_arguments(periods: int = PERIODS, *others: str) -> list[str]:
    """A demo that runs to its end and says in JSON what the tapes hold."""
    return ["demo", "--exit-when-done", "--json", "--candles", str(periods), *others]


def run_demo(url: str, *others: str, periods: int = PERIODS) -> dict[str, Any]:
    """Run a demo in a database to its end; what it printed."""
    process = start(demo_arguments(periods, *others), {"PAPERTAPE_DATABASE_URL": url})
    try:
        said, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    report: dict[str, Any] = json.loads(said)
    return report


@dataclass(frozen=True, slots=True)
class Left:
    """What a demo leaves: the tapes with positions, the typed candles, and every read model."""

    tables: dict[str, list[Any]]

    def assert_equals(self, other: "Left") -> None:
        """Say which table differs, and in which row first."""
        assert self.tables.keys() == other.tables.keys()
        for name, rows in self.tables.items():
            others = other.tables[name]
            assert len(rows) == len(others), name
            for row, expected in zip(rows, others, strict=True):
                assert row == expected, name


def left_in(url: str) -> Left:
    """Everything that two equal demos must have in common."""
    return Left({**dump(url), **{name: ask(url, query) for name, query in _TAPES.items()}})


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder that the user of an embedded server may pass; its cluster is deleted in the end."""
    with TemporaryDirectory(prefix="papertape-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            for home in folder.glob("**/users.lock"):
                EmbeddedServer(home.parent).delete()


def children(pid: int) -> list[int]:
    """The processes that a process has started and that live."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in listed.split()]


def command_of(pid: int) -> str:
    """What a process runs; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def head(url: str) -> int:
    """The newest position on the market tape, or -1 while there is none to ask."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            query = "SELECT coalesce(max(notification_id), 0) FROM market.tape_events"
            row = connection.execute(query).fetchone()
            return 0 if row is None else int(row[0])
    except psycopg.Error:
        return -1
