"""Worker processes try what one process tries."""

import multiprocessing
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from adapters.strategies.library import Library
from adapters.sweeps.laying import lay_out
from adapters.sweeps.pool import Pool, WorkerDied
from adapters.sweeps.worker import bench
from application.sweeping.space import axis, every
from application.sweeping.tried import Candidate, Tried, by_number
from tests.adapters.sweeps.candles import read, request_of, written

GRID = every([axis("fast=3:40:4"), axis("slow=12,30")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    return tmp_path / "shared"


def laid_out(folder: Path) -> list[Candidate]:
    inputs = lay_out(
        request_of(written(folder.parent), stop="0.02"), GRID, Library(), folder, read
    ).inputs
    return [Candidate(number, inputs.since, inputs.until, each) for number, each in enumerate(GRID)]


@pytest.mark.parametrize(("start", "workers"), [("fork", 1), ("fork", 3), ("spawn", 2)])
def test_workers_find_what_one_process_finds(folder: Path, start: str, workers: int) -> None:
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {start} here")
    with Pool(workers, folder, start) as pool:
        candidates = laid_out(folder)
        tried = [each for some in pool.try_all(candidates) for each in some]
    alone = bench(folder)
    assert by_number(tried) == {each.number: alone.tried(each) for each in candidates}


def test_each_candidate_is_tried_once_whatever_the_number_of_chunks(folder: Path) -> None:
    with Pool(2, folder) as pool:
        candidates = laid_out(folder)
        for count in (0, 1, len(candidates)):
            tried = [each for some in pool.try_all(candidates[:count]) for each in some]
            assert sorted(each.number for each in tried) == list(range(count))


def test_what_is_done_is_handed_over_when_it_is_stopped(folder: Path) -> None:
    with Pool(2, folder) as pool:
        candidates = laid_out(folder) * 50
        coming = pool.try_all(candidates)
        handed = next(coming)
        with pytest.raises(KeyboardInterrupt):
            _take(coming, handed)
    assert 1 < len(handed) < len(candidates)
    assert not multiprocessing.active_children()


def _take(coming: Generator[list[Tried], None, None], handed: list[Tried]) -> None:
    """All that comes after Ctrl-C."""
    handed.extend(coming.throw(KeyboardInterrupt()))
    for some in coming:
        handed.extend(some)


def test_a_worker_that_is_killed_is_told_of(folder: Path) -> None:
    with Pool(2, folder) as pool:
        candidates = laid_out(folder) * 50
        coming = pool.try_all(candidates)
        next(coming)
        killed = multiprocessing.active_children()[0].pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(WorkerDied, match="memory"):
            list(coming)
