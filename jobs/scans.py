"""Scans that are asked for by hand: one exchange, by one process, once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

from adapters import bootstrap
from adapters.exchanges.pace import RunningPace
from adapters.settings import BadSettings, ExchangeSettings, Settings
from application.importing import ExchangeIsScanned
from application.scanning import Scan, ScanPlan

T = TypeVar("T")


def chosen_exchanges(settings: Settings, name: str | None) -> list[ExchangeSettings]:
    """The configured exchange of that name, or all. Raises BadSettings."""
    chosen = [each for each in settings.exchanges if name in {None, each.name}]
    if not chosen:
        names = ", ".join(each.name for each in settings.exchanges)
        raise BadSettings(f"exchange {name}: not among the configured ones: {names}")
    return chosen


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
