"""Commands, run in this process."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from jobs.cli import main

Run: TypeAlias = Callable[..., tuple[int, str, str]]
"""Runs a command: its exit status, and what it said on standard output and error."""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings but those of the test, no database, and signals as they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", "postgresql://127.0.0.1:1/papertape")
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["papertape", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


def answered(run: Run, *words: str) -> dict[str, Any]:
    """The one JSON document of a command that went well."""
    status, out, errors = run(*words, "--json")
    assert (status, errors) == (0, "")
    said = json.loads(out)
    assert isinstance(said, dict)
    return said
