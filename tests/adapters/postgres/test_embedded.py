"""The embedded Postgres: its life among interruptions, kills, strangers' pids and odd paths."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from adapters.postgres.embedded import EmbeddedPostgresFailed, EmbeddedServer, binaries
from adapters.postgres.embedded_cluster import Cluster
from adapters.postgres.embedded_places import (
    STATE,
    Places,
    User,
    find_places,
    identity,
    reachable_programs,
    run_as,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="unix sockets and signals")

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = User(65534, 65534)
REPOSITORY = Path(__file__).parents[3]
USE_UNTIL_TOLD = """
import sys
from pathlib import Path
from adapters.postgres.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.start(), flush=True)
    sys.stdin.readline()
"""


def place(name: str) -> Path:
    """A new folder that a server's user may enter (below tmp_path it may not, for root)."""
    folder = Path(tempfile.mkdtemp(prefix="papertape test ", dir="/tmp"))
    folder.chmod(0o755 if AS_ROOT else 0o700)
    return folder / name


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A folder with a stopped server; its path has a space, quotes and other letters."""
    folder = place("Größe $HOME \"'` 紙") / "postgres"
    with EmbeddedServer(folder) as server:
        execute(server.start(), "CREATE TABLE kept (line text)")
    yield folder
    EmbeddedServer(folder).delete()
    shutil.rmtree(folder.parents[1])


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A folder with nothing in it yet."""
    folder = place("postgres")
    yield folder
    shutil.rmtree(folder.parent)


def execute(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(query.encode())
        return answer.fetchall() if answer.description else []


def eventually(reached: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not reached() and time.monotonic() < end:
        time.sleep(0.02)
    return reached()


def alive(pid: int) -> bool:
    """Not ended, and not a zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def postmaster(folder: Path) -> int:
    return int((find_places(folder).cluster / "postmaster.pid").read_text().split()[0])


def another_process(
    folder: Path,
    user: User | None = None,
    home: Path = REPOSITORY,
    python: str = sys.executable,
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [python, "-c", USE_UNTIL_TOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(Path(psycopg.__file__).parents[1])},
        **identity(user),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def python_for(user: User) -> str:
    """This Python, or the system's of the same version if `user` cannot run this one."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            if run_as(user, [python, "-c", "import encodings"], Path("/")).returncode == 0:
                return python
        except OSError:
            continue
    return pytest.skip("the other user can run no Python of this version")


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("leave\n", timeout=30)
    assert process.returncode == 0


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "postgres"
    with pytest.raises(EmbeddedPostgresFailed, match="Not a directory") as failed:
        EmbeddedServer(folder).start()
    assert str(folder) in str(failed.value)


def test_a_url_serves_psycopg_and_sqlalchemy(made: Path) -> None:
    with EmbeddedServer(made) as server:
        url = server.start()
        assert execute(url, "SELECT current_database()") == [("papertape",)]
        engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT current_user")) == "papertape"
        engine.dispose()


def test_what_was_written_is_there_after_a_restart(made: Path) -> None:
    with EmbeddedServer(made) as server:
        execute(server.start(), "INSERT INTO kept VALUES ('first'); CHECKPOINT")
    with EmbeddedServer(made) as server:
        assert execute(server.start(), "SELECT line FROM kept") == [("first",)]


def test_settings_are_durable_and_the_same_everywhere(made: Path) -> None:
    with EmbeddedServer(made) as server:
        names = ["fsync", "full_page_writes", "synchronous_commit", "listen_addresses", "timezone"]
        names += ["server_encoding", "jit"]
        shown = [execute(server.start(), f"SHOW {name}")[0][0] for name in names]
        assert shown == ["on", "on", "on", "", "UTC", "UTF8", "off"]
        locale = "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname='papertape'"
        assert execute(server.start(), locale) == [("b", "C.UTF-8")]


def test_the_socket_is_private_and_short(made: Path) -> None:
    with EmbeddedServer(made):
        places = find_places(made)
        found = places.sockets.stat()
        assert (found.st_mode & 0o777, found.st_uid) == (0o700, places.owner)
        assert len(os.fsencode(places.sockets / ".s.PGSQL.5432")) < 104
    assert not places.sockets.exists()


def test_a_socket_folder_of_somebody_else_is_refused(made: Path) -> None:
    sockets = find_places(made).sockets
    sockets.symlink_to("/usr")
    try:
        with pytest.raises(EmbeddedPostgresFailed, match="belongs to somebody else"):
            EmbeddedServer(made).start()
    finally:
        sockets.unlink()


def test_an_interrupted_initdb_is_cleaned_up(fresh: Path) -> None:
    left = fresh / "cluster.new"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    with EmbeddedServer(fresh) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]
    assert not left.exists()
    EmbeddedServer(fresh).delete()


def test_a_failed_initdb_says_why_and_leaves_nothing(fresh: Path) -> None:
    fresh.mkdir()
    programs = fresh / "bin"
    programs.mkdir()
    (programs / "initdb").write_text("#!/bin/sh\necho no space left; exit 1\n")
    (programs / "initdb").chmod(0o755)
    places = Places(fresh, fresh, fresh / "sockets", None, programs)
    with pytest.raises(EmbeddedPostgresFailed, match="no space left"):
        Cluster(places, patience=1).bring_up()
    assert list(fresh.iterdir()) == [programs]


def test_a_folder_that_is_no_cluster_is_refused(fresh: Path) -> None:
    (fresh / "cluster").mkdir(parents=True)
    with pytest.raises(EmbeddedPostgresFailed, match="is no Postgres cluster"):
        EmbeddedServer(fresh).start()


def test_a_stale_pid_is_not_believed_even_when_another_process_has_it(made: Path) -> None:
    cluster, sockets = find_places(made).cluster, find_places(made).sockets
    stale = f"{os.getpid()}\n{cluster}\n1700000000\n5432\n{sockets}\n\n 1 1\nready   \n"
    (cluster / "postmaster.pid").write_text(stale)
    with EmbeddedServer(made) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]
        assert postmaster(made) != os.getpid()


def test_a_leftover_socket_is_not_believed(made: Path) -> None:
    user = another_process(made)
    user.kill()
    user.communicate()
    kill_server(made)
    lock = find_places(made).sockets / ".s.PGSQL.5432.lock"
    lock.write_text(f"{os.getpid()}\n" + lock.read_text().split("\n", 1)[1])
    with EmbeddedServer(made) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]


def kill_server(folder: Path) -> None:
    pid = postmaster(folder)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))


def test_a_killed_server_is_started_again(made: Path) -> None:
    with EmbeddedServer(made) as server:
        url = server.start()
        execute(url, "DELETE FROM kept; INSERT INTO kept VALUES ('committed')")
        kill_server(made)
        server.ensure_running()
        assert execute(url, "SELECT line FROM kept") == [("committed",)]


def test_several_threads_start_a_killed_server_once(made: Path) -> None:
    with EmbeddedServer(made) as server:
        kill_server(made)
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(server.ensure_running) for _ in range(8)]:
                done.result()
        assert execute(server.start(), "SELECT 1") == [(1,)]


BUSY = "DO $$ BEGIN WHILE clock_timestamp() < now() + interval '{} s' LOOP END LOOP; END $$"


def orphan(url: str, folder: Path, seconds: float) -> psycopg.Connection[tuple[object, ...]]:
    """A backend that computes on after its postmaster was killed."""
    connection = psycopg.connect(url, autocommit=True)
    connection.pgconn.send_query(BUSY.format(seconds).encode())
    busy = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO%' AND state = 'active'"
    assert eventually(lambda: execute(url, busy) == [(1,)])
    kill_server(folder)
    assert alive(connection.info.backend_pid)
    return connection


def test_it_recovers_when_orphans_of_a_killed_server_have_gone(made: Path) -> None:
    with EmbeddedServer(made) as server:
        url = server.start()
        connection = orphan(url, made, 1)
        server.ensure_running()
        assert not alive(connection.info.backend_pid)
        assert execute(url, "SELECT 1") == [(1,)]
        connection.close()


def test_orphans_that_stay_are_named_as_the_reason(made: Path) -> None:
    with EmbeddedServer(made) as server:
        connection = orphan(server.start(), made, 30)
        with pytest.raises(EmbeddedPostgresFailed, match="Processes of an earlier server"):
            EmbeddedServer(made, patience=0.3).start()
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        server.ensure_running()
        connection.close()


def test_the_last_process_out_stops_the_server(made: Path) -> None:
    server = EmbeddedServer(made)
    url = server.start()
    other = another_process(made)
    pid = postmaster(made)
    server.stop()
    assert execute(url, "SELECT 1") == [(1,)]
    leave(other)
    assert eventually(lambda: not alive(pid))


def test_a_killed_process_does_not_count_as_using_the_server(made: Path) -> None:
    with EmbeddedServer(made):
        pid = postmaster(made)
        other = another_process(made)
        other.kill()
        other.communicate()
    assert not alive(pid)


def test_a_server_whose_users_were_all_killed_is_used_again(made: Path) -> None:
    other = another_process(made)
    pid = postmaster(made)
    other.kill()
    other.communicate()
    with EmbeddedServer(made) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]
        assert postmaster(made) == pid
    assert not alive(pid)


def test_a_second_stop_does_nothing(made: Path) -> None:
    first, second = EmbeddedServer(made), EmbeddedServer(made)
    url = first.start()
    second.start()
    second.stop()
    second.stop()
    assert execute(url, "SELECT 1") == [(1,)]
    first.stop()


def test_a_folder_deleted_under_a_running_server_begins_anew(fresh: Path) -> None:
    old = EmbeddedServer(fresh)
    execute(old.start(), "CREATE TABLE old (line text)")
    pid, sockets = postmaster(fresh), find_places(fresh).sockets
    shutil.rmtree(fresh)
    with EmbeddedServer(fresh) as server:
        assert execute(server.start(), "SELECT to_regclass('old')") == [(None,)]
        new = postmaster(fresh)
        old.stop()
        assert alive(new)
    os.kill(pid, signal.SIGKILL)
    shutil.rmtree(sockets)


def test_another_major_version_is_refused_with_advice(made: Path) -> None:
    version = find_places(made).cluster / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(EmbeddedPostgresFailed, match=r"PostgreSQL 17.*db backup"):
            EmbeddedServer(made).start()
    finally:
        version.write_text("18\n")


def test_a_server_that_cannot_start_shows_its_log(made: Path) -> None:
    settings = find_places(made).cluster / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "\nno_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedPostgresFailed, match="no_such_setting"):
            EmbeddedServer(made).start()
    finally:
        settings.write_text(good)


def test_a_long_log_is_put_aside(made: Path) -> None:
    log = find_places(made).log
    log.write_bytes(b"x" * 10_000_001)
    with EmbeddedServer(made):
        assert log.stat().st_size < 100_000
    assert log.with_name("server.log.old").stat().st_size == 10_000_001


def test_the_programs_are_found() -> None:
    assert (binaries() / "pg_dump").exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root must run the server as another user")
def test_root_puts_the_cluster_where_its_user_can_reach_it(fresh: Path) -> None:
    fresh.parent.chmod(0o700)
    with EmbeddedServer(fresh) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]
        places = find_places(fresh)
        assert places.home.parent == STATE
        assert places.owner not in (0, None)
    assert fresh.parent.stat().st_mode & 0o777 == 0o700
    with EmbeddedServer(fresh):
        assert find_places(fresh) == places
    EmbeddedServer(fresh).delete()
    assert not places.home.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root must run the server as another user")
def test_root_copies_programs_that_its_user_cannot_reach(fresh: Path, tmp_path: Path) -> None:
    package = binaries().parents[1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(part), hidden / part, copy_function=os.link)
    programs = hidden / binaries().relative_to(package.parent)
    cache = fresh.parent / "cache"
    reachable = reachable_programs(programs, NOBODY, cache)
    assert reachable.is_relative_to(cache)
    assert reachable_programs(programs, NOBODY, cache) == reachable
    for program in ("postgres", "initdb", "pg_dump"):
        shown = subprocess.run([reachable / program, "--version"], user=65534, cwd="/", check=True)
        assert shown.returncode == 0


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_keeps_everything_in_the_folder_and_root_may_join(fresh: Path) -> None:
    os.chown(fresh.parent, NOBODY.uid, NOBODY.gid)
    code = fresh.parent / "code"
    shutil.copytree(REPOSITORY / "adapters", code / "adapters")
    other = another_process(fresh, NOBODY, code, python_for(NOBODY))
    places = find_places(fresh)
    assert places == Places(fresh, fresh, places.sockets, NOBODY, places.programs)
    with EmbeddedServer(fresh) as server:
        assert execute(server.start(), "SELECT 1") == [(1,)]
        leave(other)
    assert {path.stat().st_uid for path in fresh.iterdir()} == {NOBODY.uid}
