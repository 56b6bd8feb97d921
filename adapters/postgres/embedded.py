"""The embedded Postgres: a real server in a folder, shared by the processes that use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.postgres.embedded_cluster import Cluster
from adapters.postgres.embedded_locks import exclusive, open_private, try_lock
from adapters.postgres.embedded_places import (
    EmbeddedPostgresFailed,
    binaries,
    find_places,
)

__all__ = ["EmbeddedPostgresFailed", "EmbeddedServer", "binaries"]


class EmbeddedServer:
    """A Postgres server that lives in `folder` as long as somebody uses it.

    Any number of processes may use one folder. The first starts the server, the last stops it; a
    killed one does not count. `patience` in seconds bounds each wait for the server.
    """

    def __init__(self, folder: Path, *, patience: float = 60.0) -> None:
        self._folder = folder.expanduser().absolute()
        self._patience = patience
        self._cluster: Cluster | None = None
        self._users: int | None = None
        self._process = os.getpid()

    def start(self) -> str:
        """Start the server or join it. Returns the URL of its database `papertape`.

        Raises EmbeddedPostgresFailed.
        """
        self._make_folder()
        with self._alone():
            cluster = Cluster(find_places(self._folder), self._patience)
            joined = self._join()
            try:
                cluster.bring_up()
            except BaseException:
                if joined:
                    self._leave()
                raise
            self._cluster = cluster
            return cluster.url

    def ensure_running(self) -> None:
        """Start the server again if it has died. For any thread, any process, at any time."""
        if self._cluster is None or not self._cluster.answers():
            self.start()

    def stop(self) -> None:
        """Leave; the last one out stops the server. Again, or in a forked child, does nothing."""
        if self._users is None or self._process != os.getpid():
            return
        try:
            if self._folder.is_dir():
                with self._alone():
                    self._stop_if_last()
        finally:
            self._leave()

    def delete(self) -> None:
        """Stop the server and delete its cluster for good; refused while others use it."""
        self.start()
        try:
            with self._alone():
                if not self._stop_if_last():
                    raise EmbeddedPostgresFailed(f"Others use the server in {self._folder}.")
                find_places(self._folder).delete()
        finally:
            self._leave()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _make_folder(self) -> None:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        # The user that Postgres runs as must pass; the cluster in it is private in any case.
        try:
            self._folder.mkdir(0o755 if as_root else 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedPostgresFailed(
                f"The folder {self._folder} cannot be made: {error.strerror}."
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time, and in it one thread, starts or stops."""
        try:
            with exclusive(self._folder / "start.lock", 3 * self._patience):
                yield
        except TimeoutError as error:
            raise EmbeddedPostgresFailed(
                f"Another process holds {self._folder / 'start.lock'} and does not get done: "
                "see what it is with `fuser`, end it, start again."
            ) from error

    def _join(self) -> bool:
        """Be counted as a user. Whether we were not yet."""
        if self._users is not None:
            return False
        self._users = open_private(self._folder / "users.lock")
        self._process = os.getpid()
        return try_lock(self._users, shared=True)

    def _stop_if_last(self) -> bool:
        if self._users is None or self._cluster is None or not try_lock(self._users):
            return False
        if self._cluster.places == find_places(self._folder):  # else it was deleted and made anew
            self._cluster.shut_down()
        return True

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None
