"""The parts of a running bot, started and stopped together."""

from collections.abc import Callable, Iterable
from functools import partial
from threading import Event
from types import TracebackType
from typing import Self

from adapters.bootstrap import GROUPS, Database
from adapters.planning import Plans, scan_plan
from adapters.settings import ExchangeSettings
from jobs import loops
from jobs.workers import Worker, keep_alive


class Stack:
    """Workers over one database. Leaving it stops them; a failed one is raised again."""

    def __init__(self, database: Database) -> None:
        self.stop = Event()
        self._database = database
        self._workers: list[Worker] = []

    def add(self, name: str, work: Callable[[], None]) -> Worker:
        """Start a worker."""
        worker = Worker(name, work, self.stop)
        self._workers.append(worker)
        worker.start()
        return worker

    def keep_database(self) -> None:
        """Bring an embedded server back when it dies."""
        self.add("database", partial(keep_alive, self._database.revive, self.stop))

    def trade(self, plans: Plans) -> None:
        """Trade closed periods."""
        work = partial(loops.trade, self._database.url, plans, self.stop)
        self.add("trading", work)

    def project(self) -> None:
        """Project all read models."""
        for group in GROUPS:
            work = partial(loops.project, self._database.url, group, self.stop)
            self.add(f"projecting {group}", work)

    def scan(self, exchanges: Iterable[ExchangeSettings], plans: Plans) -> None:
        """Scan all exchanges at every close."""
        for of in exchanges:
            plan = scan_plan(plans, of)
            work = partial(loops.scan, self._database.url, plan, of, self.stop, 1.0)
            self.add(f"scanning {of.name}", work)

    def works(self, name: str) -> bool:
        """Whether a worker has not come to its end."""
        return any(worker.name == name and worker.is_alive() for worker in self._workers)

    def check(self) -> None:
        """Raise what a worker failed of."""
        for worker in self._workers:
            if worker.failure is not None:
                raise worker.failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop.set()
        for worker in self._workers:
            worker.join(timeout=10)
        if error is None:
            self.check()
