"""What came of a walk-forward, for a person."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.reports.words import counted, day
from domain.times import from_ms
from jobs.sweep_text import WIDEST, columns, figure, head_of
from jobs.walk_outputs import Gone


def shown(gone: Gone) -> None:
    """Print it."""
    console = Console(highlight=False)
    console.width = min(max(console.width, WIDEST), 200)
    console.print(*_head(gone), sep="\n")
    console.print(_windows(gone))
    console.print()
    console.print(*_foot(gone), sep="\n")


def _head(gone: Gone) -> Iterator[str]:
    yield from head_of(gone.laid)
    count = len(gone.walked.steps)
    yield (
        f"in each of {counted(count, 'window')} the best of "
        f"{counted(gone.combinations, 'combination')} by {gone.by.replace('_', ' ')}"
    )
    if not gone.is_whole:
        yield f"[red]cut short:[/red] {count:,} of {gone.windows:,} windows"
    yield ""


def _windows(gone: Gone) -> Table:
    """A row for each test: what was chosen, how good it was in its training, and what it did."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    names = list(gone.walked.steps[0].chosen.parameters)
    by = gone.by.replace("_", " ")
    for name in ("test from", "to"):
        table.add_column(name)
    shown = dict.fromkeys((gone.by, "total_return", "max_drawdown", "trades"))
    titles = [*names, f"{by} in training", *(f"{each.replace('_', ' ')} in test" for each in shown)]
    for title in titles:
        table.add_column(escape(title), justify="right")
    for step in gone.walked.steps:
        table.add_row(
            day(from_ms(step.window.turn)),
            day(from_ms(step.window.until)),
            *(escape(step.chosen.parameters[name]) for name in names),
            figure(step.chosen.figures, gone.by),
            *(figure(step.figures, name) for name in shown),
        )
    return table


def _foot(gone: Gone) -> Iterator[str]:
    """All tests together."""
    yield "[bold]all tests together[/bold]"
    for name in (*columns(gone.by), "final_equity"):
        yield f"{name.replace('_', ' '):<16}{figure(gone.figures(), name):>16}"
    says = [warning.says for warning in gone.warnings(gone.metrics())]
    for each in [gone.failure, *says] if gone.failure else says:
        yield f"[yellow]warning[/yellow]  {escape(each)}"
