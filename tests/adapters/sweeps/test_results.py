"""Where results of sweeps are kept: what holds of all, and what of files."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.sweep_table import SweepTable
from adapters.sweeps.results_file import BadResultsFile, ResultsFile
from application.sweeping.tried import Results, Tried

FIRST = Tried(3, {"fast": "5", "stop": "0.02"}, {"sharpe": 0.1, "net_profit": "1.5", "trades": 7})
SECOND = Tried(0, {"fast": "9"}, {"sharpe": None, "profit_factor": 1e-9})
FAILED = Tried(5, {"fast": "7"}, {"trades": 0}, failure="own failed in BTC/USDT: boom")
REFUSED = Tried(1, {"fast": "30"}, refused="fast = 30 must be shorter than slow = 30")

Open = Callable[[str], AbstractContextManager[Results]]


@pytest.fixture(params=["file", "table"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the results of a sweep, again and again as if the process had been killed between."""
    if request.param == "file":
        yield lambda sweep: ResultsFile(tmp_path / f"{sweep}.jsonl", sweep)
        return
    with psycopg.connect(request.getfixturevalue("database"), autocommit=True) as connection:
        yield lambda sweep: SweepTable(connection, sweep, {"strategy": "sma_cross"})


def test_what_is_kept_is_found_by_the_next_run(opened: Open) -> None:
    with opened("a") as results:
        assert list(results.kept()) == []
        results.keep([FIRST, REFUSED])
        results.keep([SECOND, FAILED])
    with opened("a") as results:
        assert sorted(results.kept(), key=lambda each: each.number) == [
            SECOND, REFUSED, FIRST, FAILED,
        ]  # fmt: skip
        results.keep([])


def test_sweeps_are_kept_apart(opened: Open) -> None:
    with opened("a") as results:
        results.keep([FIRST])
    with opened("b") as results:
        assert list(results.kept()) == []
        results.keep([Tried(3, {"fast": "1"}, {})])
    with opened("a") as results:
        assert list(results.kept()) == [FIRST]


def file_with(path: Path, *tried: Tried) -> bytes:
    with ResultsFile(path, "a") as results:
        results.keep(tried)
    return path.read_bytes()


def test_a_line_that_was_cut_off_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    whole = file_with(path, FIRST, SECOND)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with ResultsFile(path, "a") as results:
            kept = list(results.kept())
            results.keep([each for each in (FIRST, SECOND) if each not in kept])
        assert path.read_bytes() == whole


def test_a_file_of_another_sweep_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    whole = file_with(path, FIRST)
    with pytest.raises(BadResultsFile, match="another sweep"):
        ResultsFile(path, "b")
    assert path.read_bytes() == whole


@pytest.mark.parametrize("text", ["notes", "notes\n", '{"sweep": "a"}\nnotes\n', "[]\n", "\n"])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(BadResultsFile, match="no results"):
        ResultsFile(path, "a")
    assert path.read_text() == text


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadResultsFile, match="cannot be written"):
        ResultsFile(tmp_path / "nowhere" / "results.jsonl", "a")
