"""The command line: exit statuses, one clear line, one JSON document, and leaving in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from adapters.postgres.migrations import newest_revision
from adapters.postgres.purpose import only_demo, prepare_for_demo
from application.tapes import MarketTape
from jobs.cli import main
from tests.projections.history import ask, record_market_past
from tests.system.running import children, command_of, data_folder, start

CLOSED_PORT = "postgresql://127.0.0.1:1/papertape"
SECONDS_TO_STOP = 15.0
SECONDS_TO_START = 90.0

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    errors: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings but those of the test, and signals as they were."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PAPERTAPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", CLOSED_PORT)
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def run_it(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["papertape", *arguments])
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        else:
            status = 0
        return Ran(status, *capsys.readouterr())

    return run_it


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["demo", "--nope"], "No such option: --nope"),
        (["nope"], "No such command 'nope'"),
        (["demo", "--start", "yesterday"], "'yesterday' is no time"),
        (["demo", "--start", "9999999999999999"], "is not between 1970 and 2100"),
        (["demo", "--start", "9" * 5_000], "--start"),
        (["demo", "--start", "1969-12-31"], "is not between 1970 and 2100"),
        (["demo", "--candles", "0"], "'--candles'"),
        (["demo", "--speed", "0"], "'--speed'"),
        (["run", "--port", "70000"], "'--port'"),
    ],
)
def test_bad_usage_is_told_and_ends_with_two(run: Run, arguments: list[str], because: str) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert because in ran.errors


@pytest.mark.parametrize(
    ("setting", "because"),
    [
        ({"PAPERTAPE_HOST": "192.0.2.1"}, "host 192.0.2.1: without a key only loopback"),
        ({"PAPERTAPE_HOST": "example.com"}, "host example.com: without a key only loopback"),
        ({"PAPERTAPE_HOST": ""}, "host : without a key only loopback"),
        ({"PAPERTAPE_COLOUR": "red"}, "PAPERTAPE_COLOUR: there is no such setting"),
        ({"PAPERTAPE_PORT": "many"}, "port: Input should be a valid integer"),
        ({"PAPERTAPE_CONFIG": "nowhere.toml"}, "there is no file nowhere.toml"),
    ],
)
def test_a_bad_setting_is_one_line_and_ends_with_two(
    run: Run, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], because: str
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    one_line(run("serve"), 2, because)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("port = = 1", "papertape.toml"),
        ("colour = 'red'", "colour: there is no such setting"),
        ("[[accounts]]\nname = 'a'\nexchange = 'kraken'", "trades on 'kraken'"),
    ],
)
def test_a_bad_file_is_one_line_and_ends_with_two(run: Run, text: str, because: str) -> None:
    Path("papertape.toml").write_text(text)
    one_line(run("run"), 2, because)


def test_a_port_that_is_taken_is_one_line_and_ends_with_two() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bot = start(["run", "--port", str(port)], {})
        said, errors = bot.communicate(timeout=SECONDS_TO_START)
        one_line(Ran(bot.returncode, said, errors), 2, f"port {port} on 127.0.0.1")


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_a_data_folder_without_candles_is_one_line_and_ends_with_two(
    run: Run, command: str, tmp_path: Path
) -> None:
    one_line(run(command, "--data", str(tmp_path / "nowhere")), 2, "nowhere")
    (tmp_path / "empty").mkdir()
    one_line(run(command, "--data", str(tmp_path / "empty")), 2, "empty")


@pytest.mark.parametrize(
    "arguments",
    [
        ["db", "upgrade"],
        ["db", "url"],
        ["doctor", "--json"],
        ["scan", "--json"],
        ["serve", "--port", "0"],
        ["run", "--port", "0"],
        ["project"],
        ["demo", "--exit-when-done", "--json"],
    ],
)
def test_a_database_out_of_reach_is_one_line_and_ends_with_one(
    run: Run, arguments: list[str]
) -> None:
    one_line(run(*arguments), 1, "Connection refused")


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["--exchange", "kraken"], "exchange kraken: not among the configured ones: binance"),
        (["--pair", "X/Y"], "pair X/Y: not configured for binance"),
        (["--timeframe", "7x"], "'7x' is not a timeframe"),
    ],
)
def test_a_scan_of_what_is_not_there_is_one_line_and_ends_with_two(
    run: Run, arguments: list[str], because: str
) -> None:
    one_line(run("scan", *arguments), 2, because)


def test_the_database_is_upgraded_and_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    assert run("db", "url") == (0, f"{database}\n", "")
    upgraded = run("db", "upgrade", "--json")
    assert json.loads(upgraded.out) == {"revision": newest_revision()}


def test_the_doctor_says_in_one_document_what_it_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    ran = run("doctor", "--no-exchanges", "--json")
    found = json.loads(ran.out)
    assert (ran.status, found["ok"]) == (0, True)
    assert {"release", "database", "trading"} <= {each["what"] for each in found["findings"]}


def test_the_doctor_ends_with_one_where_an_exchange_is_out_of_reach(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    Path("papertape.toml").write_text(
        "accounts = []\n[[exchanges]]\nname = 'binance'\npairs = ['BTC/USDT']\n"
        "url = 'http://127.0.0.1:1'\n"
    )
    ran = run("doctor", "--json")
    wrong = [each for each in json.loads(ran.out)["findings"] if not each["ok"]]
    assert (ran.status, [each["what"] for each in wrong]) == (1, ["exchange binance"])


def test_a_demo_leaves_a_tape_that_is_kept_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str, market_tape: MarketTape
) -> None:
    record_market_past(market_tape, 3)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    everything = "SELECT * FROM market.tape_events ORDER BY notification_id"
    before = ask(database, everything)
    one_line(run("demo", "--exit-when-done"), 2, "holds a tape that is not a demo's")
    assert ask(database, everything) == before


@pytest.mark.parametrize("arguments", [["run", "--port", "0"], ["scan"]])
def test_a_demo_s_database_is_not_written_by_the_bot(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str, arguments: list[str]
) -> None:
    prepare_for_demo(database, "shown", None)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    one_line(run(*arguments), 2, "This database is a demo's")


def test_a_second_demo_leaves_the_first_its_tables(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    prepare_for_demo(database, "first", None)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    with only_demo(database):
        one_line(run("demo", "--exit-when-done"), 2, "nother demo is running on this database")
    assert ask(database, "SELECT purpose FROM ops.epoch") == ["demo first"]


def test_what_the_database_refuses_is_one_line_and_ends_with_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE read.positions")
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    one_line(run("doctor", "--no-exchanges"), 1, 'relation "read.positions" does not exist')


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_demo_stops_in_order_and_takes_its_processes_with_it(number: signal.Signals) -> None:
    with data_folder() as folder:
        demo = start(["demo", "--port", "0"], {"PAPERTAPE_DATA_FOLDER": str(folder)})
        try:
            assert demo.stderr is not None
            address = next(line for line in demo.stderr if "http" in line).split()[3]
            assert until(lambda: httpx.get(f"{address}/v1/status").status_code == 200)
            postmaster = postmaster_of(folder)
            sandboxes = children(demo.pid)
            assert "postgres" in command_of(postmaster)
            assert "sandbox" in command_of(sandboxes[0])
            demo.send_signal(number)
            _, errors = demo.communicate(timeout=SECONDS_TO_STOP)
        finally:
            demo.kill()
            demo.communicate()
        assert (demo.returncode, "Traceback" in errors) == (0, False), errors
        assert [command_of(each) for each in [postmaster, *sandboxes]] == ["", ""]


@needs_proc
def test_a_demo_in_lockstep_that_is_ended_stops_its_postgres() -> None:
    with data_folder() as folder:
        arguments = ["demo", "--exit-when-done", "--json"]
        demo = start(arguments, {"PAPERTAPE_DATA_FOLDER": str(folder)})
        try:
            assert until(lambda: any("sandbox" in command_of(each) for each in children(demo.pid)))
            postmaster = postmaster_of(folder)
            demo.terminate()
            said, errors = demo.communicate(timeout=SECONDS_TO_STOP)
        finally:
            demo.kill()
            demo.communicate()
        assert (demo.returncode, said) == (130, "")
        assert "Traceback" not in errors
        assert command_of(postmaster) == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_whose_exchange_is_away_runs_and_stops_at_once(
    database: str, tmp_path: Path, number: signal.Signals
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "accounts = []\n[[exchanges]]\nname = 'binance'\npairs = ['BTC/USDT']\n"
        "url = 'http://127.0.0.1:1'\n"
    )
    environment = {"PAPERTAPE_DATABASE_URL": database, "PAPERTAPE_CONFIG": str(config)}
    bot = start(["run", "--port", "0"], environment)
    try:
        assert bot.stderr is not None
        address = next(line for line in bot.stderr if "http" in line).split()[3]
        assert until(lambda: httpx.get(f"{address}/v1/status").status_code == 200)
        bot.send_signal(number)
        said, errors = bot.communicate(timeout=SECONDS_TO_STOP)
    finally:
        bot.kill()
        bot.communicate()
    assert (bot.returncode, said, "Traceback" in errors) == (0, "", False), errors


@needs_proc
def test_a_demo_whose_exchange_has_died_says_so_and_ends(database: str) -> None:
    environment = {"PAPERTAPE_DATABASE_URL": database}
    demo = start(["demo", "--exit-when-done", "--json"], environment)
    try:
        assert until(lambda: bool(children(demo.pid)))
        assert until(lambda: bool(ask(database, "SELECT 1 FROM market.events LIMIT 1")))
        os.kill(children(demo.pid)[0], signal.SIGKILL)
        said, errors = demo.communicate(timeout=60)
    finally:
        demo.kill()
        demo.communicate()
    assert (demo.returncode, said) == (1, "")
    assert "papertape: The sandbox exchange has ended" in errors
    assert "Traceback" not in errors


@needs_proc
def test_a_sandbox_ends_with_the_process_that_started_it() -> None:
    starting = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'jobs.cli', 'sandbox', '--json', '--with-parent']\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starting],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    sandbox = int(parent.stdout.readline())
    assert "sandbox" in command_of(sandbox)
    parent.kill()
    parent.communicate()
    assert until(lambda: "sandbox" not in command_of(sandbox))


def one_line(ran: Ran, status: int, because: str) -> None:
    """It said in one line why it ended."""
    assert (ran.status, ran.out) == (status, ""), ran
    (line,) = ran.errors.splitlines()
    assert line.startswith("papertape: ")
    assert because in line


def postmaster_of(folder: Path) -> int:
    """The process of a demo's Postgres."""
    pids = folder / "demo" / "postgres" / "cluster" / "postmaster.pid"
    return int(pids.read_text().partition("\n")[0])


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it became so in time; what cannot be asked yet is not so."""
    end_of_time = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end_of_time:
        try:
            if is_so():
                return True
        except (httpx.HTTPError, psycopg.Error):
            pass
        time.sleep(0.05)
    return False
