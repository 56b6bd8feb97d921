"""Candles laid out, workers ready: what `sweep` and `walk-forward` begin with."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from adapters.backtesting.request import Request
from adapters.sweeps.in_memory import InMemory
from adapters.sweeps.laying import Laid, lay_out
from adapters.sweeps.pool import Pool
from adapters.sweeps.results_file import ResultsFile
from application.sweeping.space import Combination
from application.sweeping.tried import Candidate, Results
from jobs.backtest import inputs_of, library_of, open_database

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class Ready:
    """Candles in a folder, workers that wait, and the database if the candles are of it.

    `read` is how many seconds that took.
    """

    laid: Laid
    folder: Path
    pool: Pool
    connection: "psycopg.Connection[Any] | None"
    read: float

    @contextmanager
    def results(self, candidates: Sequence[Candidate], file: Path | None) -> Iterator[Results]:
        """Where results are kept: in the file, beside the tape, or nowhere."""
        identity = self.laid.identity(candidates)
        if file is not None:
            with ResultsFile(file, identity) as in_file:
                yield in_file
        elif self.connection is not None:
            from adapters.postgres.sweep_table import SweepTable  # noqa: PLC0415  # slow

            yield SweepTable(self.connection, identity, self.laid.depends_on())
        else:
            yield InMemory()


@contextmanager
def ready(request: Request, combinations: Sequence[Combination], workers: int) -> Iterator[Ready]:
    """Lay the candles out for so many workers; they are begun first, see Pool."""
    began = time.perf_counter()
    with ExitStack() as opened:
        folder = Path(
            opened.enter_context(
                TemporaryDirectory(prefix="papertape-sweep-", ignore_cleanup_errors=True)
            )
        )
        pool = opened.enter_context(Pool(workers, folder))
        connection = opened.enter_context(open_database()) if request.data is None else None
        laid = lay_out(
            request, combinations, library_of(request.strategy), folder,
            lambda prepared: inputs_of(prepared, connection),
        )  # fmt: skip
        yield Ready(laid, folder, pool, connection, time.perf_counter() - began)
