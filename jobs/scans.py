"""Scans that are asked for by hand: one exchange, by one process, once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Generic, TypeVar

import typer

from adapters import bootstrap
from adapters.exchanges.pace import RunningPace
from adapters.settings import BadSettings, ExchangeSettings, Settings
from application.importing import ExchangeIsScanned
from application.ports import ExchangeError
from application.scanning import Scan, ScanPlan

T = TypeVar("T")


def chosen_exchanges(settings: Settings, name: str | None) -> list[ExchangeSettings]:
    """The configured exchange of that name, or all. Raises BadSettings."""
    chosen = [each for each in settings.exchanges if name in {None, each.name}]
    if not chosen:
        names = ", ".join(each.name for each in settings.exchanges)
        raise BadSettings(f"exchange {name}: not among the configured ones: {names}")
    return chosen


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What came of each exchange that answered, and why the others did not, by name."""

    came: dict[str, T]
    failed: dict[str, str]


def ask_each(chosen: Sequence[ExchangeSettings], ask: Callable[[ExchangeSettings], T]) -> Asked[T]:
    """Ask every exchange; one that fails is told in a line, and keeps nobody from the others.

    Raises BadSettings, before any is asked, if ccxt does not know one of them.
    """
    for each in chosen:
        bootstrap.refuse_unknown_exchange(each)
    asked: Asked[T] = Asked({}, {})
    for each in chosen:
        try:
            asked.came[each.name] = ask(each)
        except (ExchangeError, ExchangeIsScanned) as error:
            reason = " ".join(str(error).split()).removeprefix(f"{each.name} ")
            asked.failed[each.name] = reason
            typer.echo(f"papertape: {each.name}: {reason}", err=True)
    return asked


class Asking:
    """A scan to be asked things, from outside of its event loop."""

    def __init__(self, scanner: Scan, runner: asyncio.Runner) -> None:
        self._scanner = scanner
        self._runner = runner

    def ask(self, what: Callable[[Scan], Awaitable[T]]) -> T:
        """What comes of it."""

        async def asked() -> T:
            return await what(self._scanner)

        return self._runner.run(asked())


@contextmanager
def scanning_alone(url: str, of: ExchangeSettings, plan: ScanPlan) -> Iterator[Asking]:
    """The scan of an exchange that nobody else scans. Raises ExchangeIsScanned."""
    pace = RunningPace(Event(), is_real=of.url is None)
    with bootstrap.scanning(url, plan, of, pace) as (memory, scanner), asyncio.Runner() as runner:
        if not memory.lead():
            raise ExchangeIsScanned(
                f"{of.name} is being scanned by another process; "
                "`papertape run` looks for markets and retries failed ones by itself"
            )
        try:
            yield Asking(scanner, runner)
        finally:
            runner.run(scanner.close())
