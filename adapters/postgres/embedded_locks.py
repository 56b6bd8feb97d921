"""File locks that die with their process: what the processes of one server agree by."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL = 0.02

if sys.platform == "win32":  # not tested there
    import msvcrt

    _SLOTS = 256  # Windows has no shared locks here: a sharer takes one byte, an excluder all.

    def try_lock(file: int, *, shared: bool = False) -> bool:
        """Take the lock if it can be had at once."""
        unlock(file)
        spans = [(slot, 1) for slot in range(_SLOTS)] if shared else [(0, _SLOTS)]
        return any(_try_span(file, start, length) for start, length in spans)

    def unlock(file: int) -> None:
        """Give back whatever this file holds."""
        for slot in range(_SLOTS):
            _span(file, slot, 1, msvcrt.LK_UNLCK)
        _span(file, 0, _SLOTS, msvcrt.LK_UNLCK)

    def _try_span(file: int, start: int, length: int) -> bool:
        return _span(file, start, length, msvcrt.LK_NBLCK)

    def _span(file: int, start: int, length: int, what: int) -> bool:
        os.lseek(file, start, os.SEEK_SET)
        try:
            msvcrt.locking(file, what, length)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(file: int, *, shared: bool = False) -> bool:
        """Take the lock if it can be had at once; a lock already held is given up for it."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(file: int) -> None:
        """Give the lock back."""
        fcntl.flock(file, fcntl.LOCK_UN)


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """Open a file of ours, made with mode 0600 where missing.

    What root makes in the folder of another user is given to that user.
    """
    file = os.open(path, flags | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if sys.platform != "win32" and os.geteuid() == 0 and os.fstat(file).st_uid == 0:
        owner = path.parent.stat()
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def polling(patience: float) -> Iterator[None]:
    """Turn after turn with a short rest between, for `patience` seconds; at least once."""
    end = time.monotonic() + patience
    yield
    while time.monotonic() < end:
        time.sleep(POLL)
        yield


@contextmanager
def exclusive(path: Path, patience: float) -> Iterator[None]:
    """Hold a lock alone. Raises TimeoutError when others keep it for `patience` seconds."""
    file = open_private(path)
    try:
        if not any(try_lock(file) for _ in polling(patience)):
            raise TimeoutError(path)
        yield
    finally:
        os.close(file)
