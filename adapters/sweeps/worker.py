"""A worker process: tries candidates over candles that it shares with others."""

import gc
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Sequence
from ctypes import c_bool
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

from adapters.indicators.engine import compute
from adapters.sweeps.asked import Asked
from adapters.sweeps.columns import read
from application.backtest import Tick
from application.sweeping.bench import Bench
from application.sweeping.tried import Candidate, Tried

ASKED = "asked.pickle"
"""The file beside the candles that says what is asked."""

_is_over = c_bool(False)


class _Stopped(Exception):
    """The sweep is to end."""


def bench(folder: Path, tick: Tick = lambda: None) -> Bench:
    """The candles of a folder, and what is asked there."""
    asked = pickle.loads((folder / ASKED).read_bytes())
    assert isinstance(asked, Asked)
    return Bench(asked.request.exchange, read(folder), asked.configured, compute, tick)


def begin(is_over: c_bool, folder: Path) -> None:
    """Begin a worker: it ends when its parent says that it `is_over`, or with its parent."""
    global _is_over  # noqa: PLW0603  # a process has one
    _is_over = is_over
    for name in ("SIGINT", "SIGHUP"):  # the terminal's, which the parent hears as well
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    sys.stdout = sys.stderr  # strategies may print
    gc.freeze()  # what there is stays: it is never looked through, nor copied for that
    gc.disable()  # facts are never part of a cycle: looking for one among so many takes long


def ready() -> None:
    """The first thing that a worker is asked."""


def try_some(folder: Path, candidates: Sequence[Candidate]) -> list[Tried]:
    """Try candidates; those that were done when it was stopped."""
    tried = list[Tried]()
    try:
        for each in candidates:
            _refuse_to_go_on()
            tried.append(_bench(folder).tried(each))
    except _Stopped:
        pass
    gc.collect()
    return tried


@lru_cache(1)
def _bench(folder: Path) -> Bench:
    return bench(folder, _refuse_to_go_on)


def _refuse_to_go_on() -> None:
    if _is_over.value:
        raise _Stopped


def _end_with_parent(folder: Path) -> None:
    """A parent that was killed tells nobody, and leaves its folder behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)
