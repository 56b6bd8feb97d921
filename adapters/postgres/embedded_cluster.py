"""One Postgres cluster: made, started, asked whether it answers, stopped.

A process of the server holds `server.lock` as long as it lives, postmaster and backends alike:
the open lock is handed to the postmaster, and its children inherit it. So the lock, not
`postmaster.pid`, says whether anything of an earlier server still runs. All of this is called
under the start lock.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from adapters.postgres.embedded_locks import open_private, polling, try_lock
from adapters.postgres.embedded_places import (
    MAJOR,
    EmbeddedPostgresFailed,
    Places,
    clean_environment,
    give_to,
    identity,
    make_socket_folder,
    run_as,
    write_private,
)

SUPERUSER = DATABASE = "papertape"
LOG_BYTES = 10_000_000
# Kept in postgresql.conf, so that an operator may change them.
SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_TCP = sys.platform == "win32"


class Cluster:
    """The cluster at these places. `patience` in seconds bounds each wait for the server."""

    def __init__(self, places: Places, patience: float) -> None:
        self.places = places
        self._patience = patience

    @property
    def url(self) -> str:
        """For psycopg, and for SQLAlchemy as `postgresql+psycopg:`."""
        if _TCP:
            address = f"{SUPERUSER}:{self._password()}@127.0.0.1:{self._port()}"
            return f"postgresql://{address}/{DATABASE}"
        host = quote(str(self.places.sockets), safe="")
        return f"postgresql:///{DATABASE}?host={host}&user={SUPERUSER}"

    def bring_up(self) -> None:
        """Make the cluster if it is missing, start the server if it does not answer."""
        self._make_if_missing()
        if not self.answers():
            self._launch_when_free()
        self._make_database_if_missing()

    def answers(self) -> bool:
        """Whether the server accepts connections; nothing else counts as running."""
        where = make_conninfo(**self._address(), connect_timeout=5)
        return pq.PGconn.ping(where.encode()) == pq.Ping.OK

    def shut_down(self) -> None:
        """Stop the server, if it lives, after a checkpoint; open connections are ended."""
        for _ in polling(self._patience):
            if self.answers():  # so postmaster.pid names our postmaster: no stranger is signalled
                self._pg_ctl("stop", "-m", "fast", "-t", str(max(1, round(self._patience))))
            if not self._lives():
                return shutil.rmtree(self.places.sockets, ignore_errors=True)
        raise EmbeddedPostgresFailed(
            f"Postgres in {self.places.cluster} did not stop within {self._patience:g} s."
            f"\n{self._log_tail()}"
        )

    # Making

    def _make_if_missing(self) -> None:
        new = self.places.cluster.with_name("cluster.new")
        if new.exists():
            shutil.rmtree(new)  # left by a start that was interrupted
        if not self.places.cluster.exists():
            self._initialise(new)
            new.rename(self.places.cluster)
        self._check_version()

    def _initialise(self, new: Path) -> None:
        new.mkdir(0o700)
        give_to(new, self.places.user)
        done = self._run("initdb", "-D", new, "-U", SUPERUSER, *self._initdb_options())
        if done.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            raise EmbeddedPostgresFailed(
                f"A new Postgres cluster could not be made in {new.parent}. "
                f"Is there space, and may we write there?\n{done.stdout[-2000:]}"
            )

    def _initdb_options(self) -> list[str | Path]:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        auth = ["--auth-local=trust", "--auth-host=reject"]  # the socket's folder keeps others out
        if _TCP:
            auth = ["--auth=scram-sha-256", f"--pwfile={self._password_file()}"]
        settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
        return [*locale, "--encoding=UTF8", "--no-instructions", *auth, *settings]

    def _check_version(self) -> None:
        version = self.places.cluster / "PG_VERSION"
        if not version.exists():
            raise EmbeddedPostgresFailed(
                f"{self.places.cluster} is no Postgres cluster: move it away, start again."
            )
        found = version.read_text().strip()
        if found != MAJOR:
            raise EmbeddedPostgresFailed(
                f"The cluster in {self.places.cluster} was made by PostgreSQL {found}, and this "
                f"Papertape brings {MAJOR}. With the Papertape that made it, run "
                "`papertape db backup`; move the cluster away; then `papertape db restore` here."
            )

    def _make_database_if_missing(self) -> None:
        with self._connect() as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(known, [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    # Starting and stopping

    def _launch_when_free(self) -> None:
        """Start the server as soon as nothing of an earlier one is left."""
        for _ in polling(self._patience):
            if self._launch():
                return self._wait_until_ready()
            if self.answers():  # it was only still starting
                return None
        raise EmbeddedPostgresFailed(
            f"Processes of an earlier server still use {self.places.cluster}, and it does not "
            f"answer: look for them with `ps`, end them, start again.\n{self._log_tail()}"
        )

    def _launch(self) -> bool:
        lock = open_private(self.places.home / "server.lock")
        try:
            if not try_lock(lock):
                return False
            # Nothing of the cluster lives, so this pid is stale, whoever has that number now.
            (self.places.cluster / "postmaster.pid").unlink(missing_ok=True)
            self._spawn(lock)
            return True
        finally:
            os.close(lock)

    def _spawn(self, lock: int) -> None:
        if _TCP:
            listen = f"-c listen_addresses=127.0.0.1 -p {self._port()}"
            self._pg_ctl("start", "-W", "-l", str(self.places.log), "-o", listen)
            return
        make_socket_folder(self.places)
        options = {"listen_addresses": "", "unix_socket_directories": self.places.sockets}
        settings = [f"--{name}={value}" for name, value in options.items()]
        postgres = self.places.programs / "postgres"
        log = self._open_log()
        try:
            # The shell goes at once, so the server is nobody's child and leaves no zombie.
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", postgres, "-D", self.places.cluster, *settings],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.places.programs,
                env=clean_environment(),
                pass_fds=(lock,),
                start_new_session=True,
                **identity(self.places.user),
            )
        finally:
            os.close(log)

    def _wait_until_ready(self) -> None:
        for _ in polling(self._patience):
            if self.answers():
                return
            if not self._lives():
                break
        raise EmbeddedPostgresFailed(
            f"Postgres did not start in {self.places.cluster}; the end of its log "
            f"{self.places.log} says why:\n{self._log_tail()}"
        )

    def _lives(self) -> bool:
        """Whether any process of the server is left."""
        if _TCP:
            return self._pg_ctl("status") == 0
        lock = open_private(self.places.home / "server.lock")
        try:
            return not try_lock(lock)
        finally:
            os.close(lock)

    # Asking

    def _connect(self) -> psycopg.Connection[tuple[int]]:
        return psycopg.connect(make_conninfo(**self._address()), autocommit=True)

    def _address(self) -> dict[str, str]:
        where = {"dbname": "postgres", "user": SUPERUSER}
        if _TCP:
            login = {"port": self._port(), "password": self._password()}
            return {**where, "host": "127.0.0.1", **login}
        return {**where, "host": str(self.places.sockets)}

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        programs = self.places.programs
        return run_as(self.places.user, [programs / program, *arguments], programs)

    def _pg_ctl(self, action: str, *arguments: str) -> int:
        return self._run("pg_ctl", action, "-D", self.places.cluster, *arguments).returncode

    # The log

    def _open_log(self) -> int:
        """For appending; one that grew long is put aside, and the one before it goes."""
        log = self.places.log
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name("server.log.old"))
        return open_private(log, os.O_WRONLY | os.O_APPEND)

    def _log_tail(self) -> str:
        if not self.places.log.exists():
            return ""
        with self.places.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
            return log.read().decode(errors="replace")

    # Windows has no private sockets: a port of loopback, and a password in a private file.

    def _port(self) -> str:
        path = self.places.folder / "port"
        if not path.exists():
            with socket.create_server(("127.0.0.1", 0)) as free:
                write_private(path, str(free.getsockname()[1]))
        return path.read_text()

    def _password(self) -> str:
        return self._password_file().read_text()

    def _password_file(self) -> Path:
        path = self.places.folder / "password"
        if not path.exists():
            write_private(path, secrets.token_hex(16))
        return path
