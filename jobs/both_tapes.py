"""Both tapes of the database that is there, for commands that look back."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from adapters import bootstrap
from adapters.settings import BadSettings, Settings, read_settings
from application.verify import Tick
from application.verifying.tapes import Tapes


@contextmanager
def both_tapes() -> Iterator[Tapes]:
    """The tapes as they are now; raises BadSettings where nothing was ever recorded."""
    settings = read_settings()
    _refuse_none(settings)
    with bootstrap.database(settings) as database, bootstrap.verifying(database.url) as tapes:
        yield tapes


@contextmanager
def watching() -> Iterator[Tick]:
    """A bar on standard error, where somebody looks at it."""
    console = Console(stderr=True)
    columns = (TextColumn("positions"), BarColumn(), "{task.completed:,}/{task.total:,}")
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal,
        transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("positions", total=1)
        yield lambda done, all_: progress.update(task, completed=done, total=max(all_, 1))


def _refuse_none(settings: Settings) -> None:
    if settings.database_url is not None:
        try:
            psycopg.connect(settings.database_url).close()
        except psycopg.OperationalError as error:
            raise BadSettings(f"database_url: {error}") from error
    elif not (settings.data_folder / "postgres").exists():
        demo = settings.data_folder / "demo"
        of_demo = f"; for the demo's, set PAPERTAPE_DATA_FOLDER={demo}" if demo.exists() else ""
        raise BadSettings(f"there is no database in {settings.data_folder}{of_demo}")
