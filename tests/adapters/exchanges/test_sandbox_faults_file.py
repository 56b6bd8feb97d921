"""A file of faults, and the command that reads it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.exchanges.sandbox import SandboxSettings, build_app
from adapters.exchanges.sandbox.faults import BadFaults, Late, Outage, Status, read_faults
from adapters.exchanges.sandbox.faults.kinds import KINDS
from domain.times import from_ms
from jobs.sandbox_process import SandboxFailed, sandbox_process
from tests.adapters.exchanges.running import MINUTE, NOON

DOCUMENT = Path(__file__).parents[3] / "docs" / "sandbox-faults.md"


def written(folder: Path, text: str) -> Path:
    path = folder / "faults.toml"
    path.write_text(text, "utf-8")
    return path


def test_faults_are_read_in_their_order(tmp_path: Path) -> None:
    faults = read_faults(
        written(
            tmp_path,
            """
            seed = 3
            [limit]
            weight = 1200
            [[faults]]
            kind = "status"
            status = 503
            chance = 0.25
            [[faults]]
            kind = "outage"
            from = 2025-01-01T12:00:00Z
            until = "2025-01-01T13:01:00+01:00"
            mode = "silent"
            published = 30
            [[faults]]
            kind = "late"
            seconds = 2.5
            pairs = ["BTC/USDT"]
            """,
        )
    )
    since, until = from_ms(NOON), from_ms(NOON + MINUTE)
    assert faults.faults == (
        Status(status=503, chance=0.25),
        Outage(since=since, until=until, mode="silent", published=30),
        Late(seconds=2.5, pairs=("BTC/USDT",)),
    )
    assert (faults.seed, faults.limit.weight, faults.limit.ban_seconds) == (3, 1200, 120)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[faults]]\nkind = "nonsense"', "fault 1: unknown kind 'nonsense'; there are absent"),
        ("[[faults]]\nstatus = 500", "fault 1: unknown kind None"),
        ('[[faults]]\nkind = "empty"\n[[faults]]\nkind = "late"\nsecond = 3\nseconds = 3',
         "fault 2 (late): unknown key `second`"),
        ('[[faults]]\nkind = "late"', "fault 1 (late): missing key `seconds`"),
        ('[[faults]]\nkind = "status"\nstatus = 200', "fault 1 (status): Expected `int` >= 400"),
        ('[[faults]]\nkind = "empty"\nchance = 2', "Expected `float` <= 1.0 - at `chance`"),
        ('[[faults]]\nkind = "empty"\nfrom = "soon"', "Invalid RFC3339 encoded datetime - at `from`"
        ),
        ('[[faults]]\nkind = "empty"\nfrom = 2025-01-01T12:00:00', "timezone component - at `from`"
        ),
        ('[[faults]]\nkind = "clock"\noffset = 1\nfrom = 2025-01-02T00:00:00Z\n'
         "until = 2025-01-01T00:00:00Z", "`until` is not after `from`"),
        ('[[faults]]\nkind = "empty"\ntimeframes = ["1y"]', "'1y' is not a timeframe"),
        ('[[faults]]\nkind = "seconds"\npath = "time"', "Invalid enum value 'time' - at `path`"),
        ('[[faults]]\nkind = "rules"\npair = "A/B"\nat = 2025-01-01T00:00:00Z\ntick = 0',
         "`tick` and `lot` are above 0"),
        ('[[faults]]\nkind = "late"\nseconds = inf', "Expected `float` <= 315360000.0"),
        ('[[faults]]\nkind = "hang"\nseconds = nan', "Expected `float` >= 0.0 - at `seconds`"),
        ('[[faults]]\nkind = "clock"\noffset = -1e300', "Expected `float` >= -315360000.0"),
        ('[[faults]]\nkind = "status"\nstatus = 429\nretry_after = 999999999999',
         "Expected `int` <= 315360000"),
        ("[limit]\nban_seconds = inf", "Expected `float` <= 315360000.0 - at `ban_seconds`"),
        ("[limit]\nwait = 3", "limit: unknown key `wait`"),
        ("[fault]\n", "unknown key 'fault'"),
        ("faults = 3", "[[faults]]"),
        ("faults = [3]", "fault 1: unknown kind None"),
        ('seed = "x"', "seed: Expected `int | null`"),
        ("kind 3", "Expected '=' after a key"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_what_and_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadFaults) as refused:
        read_faults(written(tmp_path, text))
    message = str(refused.value)
    assert says in message
    assert "faults.toml: " in message
    assert "\n" not in message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFaults, match="No such file"):
        read_faults(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "fault",
    [
        'kind = "late"\nseconds = 1\npairs = ["BTC/USD"]',
        'kind = "listed"\npair = "BTC/USD"\nat = 2025-01-01T00:00:00Z',
    ],
)
def test_a_fault_of_an_unknown_market_is_refused(tmp_path: Path, fault: str) -> None:
    path = written(tmp_path, f"[[faults]]\n{fault}")
    with pytest.raises(BadFaults, match=r"fault 1 \(\w+\): there is no 'BTC/USD'"):
        build_app(SandboxSettings(faults=path))


def test_the_command_serves_faults_markets_and_a_limit(tmp_path: Path) -> None:
    path = written(tmp_path, '[[faults]]\nkind = "status"\nstatus = 451\npath = "time"')
    options = ["--lockstep", "--faults", str(path), "--markets", "9", "--limit", "6000"]
    with sandbox_process(options) as sandbox, httpx.Client(base_url=sandbox.url) as client:
        assert client.get("/api/v3/time").status_code == 451
        status = client.get("/sandbox/status").json()
    assert (status["pairs"][-1], status["weight"]["limit"]) == ("M009/USDT", 6000)


def refused_command(*options: str) -> Any:
    command = [sys.executable, "-m", "jobs.cli", "sandbox", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_refuses_a_bad_file_in_one_line(tmp_path: Path) -> None:
    done = refused_command("--faults", str(written(tmp_path, '[[faults]]\nkind = "fire"')))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "faults.toml: fault 1: unknown kind 'fire'" in done.stderr
    with pytest.raises(SandboxFailed, match="No such file"), sandbox_process(["--faults", "/none"]):
        pass


def test_every_kind_has_its_example_and_every_example_is_read(tmp_path: Path) -> None:
    examples = DOCUMENT.read_text("utf-8").split("```toml\n")[1:]
    kinds = set()
    for example in examples:
        faults = read_faults(written(tmp_path, example.partition("```")[0]))
        build_app(SandboxSettings(faults=faults, markets=9))
        kinds |= {fault.kind for fault in faults.faults}
    assert kinds == set(KINDS)
