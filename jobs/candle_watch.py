"""What is shown while candles come: a bar for each series that is read, and one for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from domain.candles import Series


@dataclass(slots=True)
class _Bar:
    """A bar, and what has come under it."""

    progress: Progress
    task: TaskID
    candles: int = 0
    begun: float = field(default_factory=monotonic)

    def advance(self, periods: int, candles: int) -> None:
        self.candles += candles
        rate = self.candles / max(monotonic() - self.begun, 0.1)
        self.progress.update(self.task, advance=periods, candles=self.candles, rate=rate)


class Watch:
    """Counts candles, under bars on standard error if somebody watches."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            "{task.description}",
            BarColumn(),
            "{task.percentage:>3.0f}%",
            TextColumn("{task.fields[candles]:,} candles, {task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._begun = monotonic()
        self._periods = 0
        self._all = self._bar("all")
        self._series: dict[Series, _Bar] = {}

    @contextmanager
    def bars(self) -> Iterator[None]:
        """Show them."""
        with self._progress:
            yield

    @property
    def candles(self) -> int:
        return self._all.candles

    @property
    def seconds(self) -> float:
        return monotonic() - self._begun

    def begins(self, series: Series, periods: int) -> None:
        """Show a series; the bar of all grows by its periods."""
        if not self._periods:
            self._begun = self._all.begun = monotonic()
        self._periods += periods
        self._progress.update(self._all.task, total=self._periods)
        self._series[series] = self._bar(f"{series.pair} {series.timeframe}", periods)

    def advances(self, series: Series, periods: int, candles: int) -> None:
        """Move both bars on."""
        self._all.advance(periods, candles)
        self._series[series].advance(periods, candles)

    def ends(self, series: Series) -> None:
        """Take its bar away."""
        self._progress.remove_task(self._series.pop(series).task)

    def _bar(self, name: str, periods: int = 0) -> _Bar:
        task = self._progress.add_task(name, total=periods, candles=0, rate=0.0)
        return _Bar(self._progress, task)
