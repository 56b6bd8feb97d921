"""The database of the settings, reached without whatever else there is to be known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.postgres.embedded import EmbeddedServer
from adapters.postgres.migrations import upgrade
from adapters.settings import Settings


@contextmanager
def database(settings: Settings) -> Iterator["Database"]:
    """The database of the settings, its tables those of this release."""
    if settings.database_url is not None:
        upgrade(settings.database_url)
        yield Database(settings.database_url, lambda: None)
        return
    with EmbeddedServer(settings.data_folder / "postgres") as server:
        url = server.start()
        upgrade(url)
        yield Database(url, server.ensure_running)


class Database:
    """Where the tapes are; `revive` brings an embedded server back that has died."""

    def __init__(self, url: str, revive: Callable[[], None]) -> None:
        self.url = url
        self.revive = revive
