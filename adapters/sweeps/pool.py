"""Worker processes that try candidates side by side."""

import multiprocessing
import sys
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from ctypes import c_bool
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.sweeps import worker
from application.sweeping.tried import Candidate, Tried

CHUNKS = 32
"""So many chunks each worker gets: it is not asked too often, and none is left alone at the end."""

_MOST = 64  # candidates in a chunk: what is lost where a sweep is killed
_MOST_OF_WINDOWS = 61  # processes: it cannot wait for more
_START = "fork" if sys.platform == "linux" else "spawn"


class WorkerDied(RuntimeError):
    """A worker was killed, most likely for want of memory; what was done is kept."""


class Pool:
    """Workers for the candles that will be in a folder, as `columns` and `worker` have them there.

    Open it early: on Linux workers are forks, quick and with all that is imported, and are safe
    while no other thread has anything to do.
    """

    def __init__(self, workers: int, folder: Path, start: str = _START) -> None:
        self._workers = min(workers, _MOST_OF_WINDOWS) if sys.platform == "win32" else workers
        self._folder = folder
        context = multiprocessing.get_context(start)
        self._is_over = context.RawValue(c_bool, False)
        self._executor = ProcessPoolExecutor(
            self._workers, context, initializer=worker.begin, initargs=(self._is_over, folder)
        )
        with warnings.catch_warnings():  # of threads, see above
            warnings.simplefilter("ignore", DeprecationWarning)
            self._executor.submit(worker.ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._is_over.value = True
        self._executor.shutdown(cancel_futures=True)

    def try_all(self, candidates: Sequence[Candidate]) -> Generator[list[Tried], None, None]:
        """What comes of the candidates, as it comes; raises WorkerDied.

        Ctrl-C ends the workers, and raises KeyboardInterrupt when they have said what they had.
        """
        coming = {
            self._executor.submit(worker.try_some, self._folder, each)
            for each in self._chunks(candidates)
        }
        try:
            for future in as_completed(list(coming)):
                coming.discard(future)
                yield _told(future)
        except KeyboardInterrupt:
            yield from self._stopped(coming)
            raise

    def _chunks(self, candidates: Sequence[Candidate]) -> Iterator[Sequence[Candidate]]:
        size = min(max(1, len(candidates) // (self._workers * CHUNKS)), _MOST)
        return (candidates[first : first + size] for first in range(0, len(candidates), size))

    def _stopped(self, coming: set[Future[list[Tried]]]) -> Iterator[list[Tried]]:
        """What the workers had done when they were told to end."""
        self._is_over.value = True
        begun = [future for future in coming if not future.cancel()]
        yield from (future.result() for future in begun if future.exception() is None)


def _told(future: "Future[list[Tried]]") -> list[Tried]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise WorkerDied(WorkerDied.__doc__) from error
