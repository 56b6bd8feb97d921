"""What was measured, as a Markdown table for each work."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.peers.ours import NAME

COLUMNS = (
    "whole process, s",
    "of ours",
    "processors, s",
    "inside, s",
    "closed trades",
    "final equity",
    "memory, MB",
)


@dataclass(frozen=True)
class Result:
    """One line; `failed` says why there are no numbers."""

    work: str
    peer: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    seconds_inside: float = 0.0
    candles: int = 0
    trades: int = 0
    final_equity: float = 0.0
    memory_mb: float = 0.0
    failed: str = ""


def table(results: list[Result]) -> str:
    """All works, each with its contestants in the order given."""
    names = dict.fromkeys(each.work for each in results)
    return "\n".join(
        line
        for name in names
        for line in _lines(name, [each for each in results if each.work == name])
    )


def _lines(work: str, results: list[Result]) -> Iterator[str]:
    ours = next((each.seconds for each in results if each.peer == NAME and not each.failed), None)
    yield _row(work, *COLUMNS)
    yield _row("---", *["--:"] * len(COLUMNS))
    for each in results:
        yield _row(each.peer, *([each.failed] if each.failed else _cells(each, ours)))
    yield ""


def _cells(result: Result, ours: float | None) -> list[str]:
    return [
        f"{result.seconds:.2f}",
        f"{result.seconds / ours:.1f}" if ours else "",
        f"{result.cpu_seconds:.2f}",
        f"{result.seconds_inside:.3f}",
        f"{result.trades:,}",
        f"{result.final_equity:,.2f}",
        f"{result.memory_mb:.0f}",
    ]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
