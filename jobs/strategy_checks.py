"""Checking strategies on the terminal: how far it is, what was learnt, why one is refused."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout

import msgspec
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn

from adapters.strategies.deploying import Use, checked
from adapters.strategies.offers import Offer
from domain.strategies.checking import Checked, CheckSeries, Finding, Refused
from domain.strategies.checking import Progress as Told

DAY_MS = 86_400_000
errors = Console(stderr=True)


class Verdict(msgspec.Struct, frozen=True):
    """What came of checking a strategy as it is used: what was learnt of it, or why not."""

    name: str
    where: str
    timeframe: str
    parameters: dict[str, str]
    ok: bool
    warm_up_days: float | None = None
    learnt: Checked | None = None
    refused: Finding | None = None


def verdicts(
    offers: Sequence[tuple[Offer, Sequence[Use]]], recorded: Sequence[CheckSeries] = ()
) -> list[Verdict]:
    """What comes of checking each strategy in each use; raises BadParameter, BadStrategy."""
    with _watching() as watch, quiet_on_standard_output():
        return [
            _verdict(offer, use, watch(f"{offer.name} {use}"), recorded)
            for offer, uses in offers
            for use in uses
        ]


@contextmanager
def quiet_on_standard_output() -> Iterator[None]:
    """What a strategy prints goes to standard error: the other one is for documents."""
    with redirect_stdout(sys.stderr):
        yield


def shown(verdict: Verdict) -> Group:
    """A verdict for the terminal."""
    word = "[green]sound[/green]  " if verdict.ok else "[red]refused[/red]"
    given = ", ".join(f"{key} = {value}" for key, value in verdict.parameters.items())
    title = f"[bold]{escape(verdict.name)}[/bold] {verdict.timeframe} [dim]{escape(given)}[/dim]"
    return Group(f"{word}  {title}", *(Padding(line, (0, 0, 0, 9)) for line in _lines(verdict)))


def _lines(verdict: Verdict) -> Iterator[str]:
    if verdict.refused is not None:
        yield escape(verdict.refused.says)
        yield escape(verdict.refused.advice)
    if verdict.learnt is not None:
        yield from _learnt(verdict, verdict.learnt)


def _learnt(verdict: Verdict, learnt: Checked) -> Iterator[str]:
    yield f"warm-up {learnt.warm_up:,} candles, {days(verdict.warm_up_days or 0)}"
    yield (
        f"checked on {len(learnt.series)} series of {learnt.candles:,} candles: "
        f"{learnt.entries:,} entries, {learnt.exits:,} exits"
    )
    yield from (f"[yellow]note[/yellow] {escape(each)}" for each in learnt.warnings)


def days(count: float) -> str:
    """A span in days, or hours where it is less than two."""
    return f"{count:,.1f} days" if count >= 2 else f"{count * 24:,.1f} hours"


def _verdict(offer: Offer, use: Use, told: Told, recorded: Sequence[CheckSeries]) -> Verdict:
    of = (offer.name, offer.where, use.timeframe.name)
    parameters = {key: str(value) for key, value in use.parameters.items()}
    try:
        learnt = checked(offer, use, told, recorded)
    except Refused as refused:
        return Verdict(*of, parameters, ok=False, refused=refused.finding)
    warm_up_days = learnt.warm_up * use.timeframe.ms / DAY_MS
    return Verdict(*of, parameters, ok=True, warm_up_days=warm_up_days, learnt=learnt)


@contextmanager
def _watching() -> Iterator[Callable[[str], Told]]:
    """Bars on standard error, where somebody looks at it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"))
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:

        def watch(title: str) -> Told:
            task = progress.add_task(escape(title), total=1.0, what="")

            def told(what: str, share: float) -> None:
                progress.update(task, completed=share, what=what)

            return told

        yield watch
