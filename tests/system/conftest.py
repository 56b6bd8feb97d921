"""A demo that nobody disturbed, run once for all tests and workers."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.embedded_locks import exclusive, open_private, try_lock
from tests.conftest import _execute, _shared, url_of
from tests.system.running import run_demo


@dataclass(frozen=True, slots=True)
class FinishedDemo:
    """What it printed, and the URL of its database."""

    report: dict[str, Any]
    url: str


@pytest.fixture(scope="session")
def undisturbed(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FinishedDemo]:
    """A demo in lockstep from scratch to its end: the first worker runs it, the last drops it."""
    shared = _shared(tmp_path_factory)
    made = shared / "undisturbed"
    users = open_private(shared / "undisturbed.users")
    with exclusive(shared / "undisturbed.lock", 600):
        try_lock(users, shared=True)
        if not made.exists():
            name = f"papertape_demo_{uuid4().hex}"
            _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
            made.write_text(json.dumps([name, run_demo(url_of(server, name))]))
    name, report = json.loads(made.read_text())
    yield FinishedDemo(report, url_of(server, name))
    with exclusive(shared / "undisturbed.lock", 600):
        if try_lock(users):
            _execute(server, "DROP DATABASE {} WITH (FORCE)", name)
            made.unlink()
        os.close(users)
