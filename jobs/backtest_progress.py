"""How far a backtest is, on standard error where that is a terminal; and Ctrl-C, kept in order."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from adapters.backtesting.running import Stopped, Watch

_PAUSE = 0.1
"""Seconds between two looks at the terminal."""


@contextmanager
def watched() -> Iterator[Watch]:
    """What is told how far it is; after Ctrl-C it stops at the next place where that is safe.

    A second Ctrl-C ends it at once.
    """
    with _stoppable() as stop_if_asked, _bar() as show:
        shown_at = 0.0

        def watch(doing: str, share: float) -> None:
            nonlocal shown_at
            stop_if_asked()
            if show is not None and time.monotonic() - shown_at > _PAUSE:
                shown_at = time.monotonic()
                show(doing, share)

        yield watch


@contextmanager
def _stoppable() -> Iterator[Callable[[], None]]:
    """What raises Stopped once Ctrl-C was pressed."""
    asked = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    def stop_if_asked() -> None:
        if asked:
            raise Stopped

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None] | None]:
    """What moves the bar, None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415  # slow, and only for a terminal
    from rich.progress import (  # noqa: PLC0415  # the same
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("signals", total=1.0)
        yield lambda doing, share: progress.update(task, description=doing, completed=share)
