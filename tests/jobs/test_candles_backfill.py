"""`papertape candles backfill` from a sandbox exchange: what comes, what is said, how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from adapters.exchanges.sandbox import SandboxSettings
from adapters.postgres.backfills import Backfills
from adapters.postgres.purpose import prepare_for_demo
from adapters.postgres.reports import tape_report
from jobs.candles import app
from tests.adapters.exchanges.running import sandbox

RECORDED = Path(__file__).parents[3] / "shared" / "market-data" / "binance" / "BTC-USDT"
HOUR = 3_600_000
NOON = 1_735_732_800_000  # 2025-01-01T12:00Z


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A simulated exchange whose clock stands at noon, and settings that lead to it."""
    with sandbox(SandboxSettings(start=NOON)) as address:
        configure(tmp_path, address)
        yield address


@pytest.mark.usefixtures("url")
def test_one_document_says_what_came_of_each_series(database: str) -> None:
    done = run("--since", "2024-12-30", "--pair", "BTC/USDT", "--pair", "ETH/USDT", "--json")
    assert done.exit_code == 0
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert (report["candles"], report["written"], report["failed"]) == (120, 120, 0)
    first = report["items"][0]
    assert (first["pair"], first["timeframe"], first["candles"]) == ("BTC/USDT", "1h", 60)
    assert (first["since"], first["until"]) == ("2024-12-30T00:00:00Z", "2025-01-01T12:00:00Z")
    assert (first["error"], first["refused"], first["reaches_back_to"]) == (None, [], None)
    assert tape_report(database).events == {"CandleClosed": 120}


@pytest.mark.usefixtures("url")
def test_without_json_it_is_a_line_for_each_series() -> None:
    done = run("--since", "2025-01-01", "--timeframe", "1h", "--timeframe", "5m")
    assert [line.partition(" candles")[0] for line in done.stdout.splitlines()] == [
        "BTC/USDT 1h: 12",
        "BTC/USDT 5m: 144",
    ]


@pytest.mark.usefixtures("url")
def test_again_it_goes_on_from_where_it_was(database: str) -> None:
    run("--since", "2024-12-20", "--until", "2024-12-25")
    before = tape_report(database)
    again = json.loads(run("--since", "2024-12-20", "--until", "2024-12-25", "--json").stdout)
    assert again["candles"] == 0
    assert tape_report(database) == before
    further = json.loads(run("--since", "2024-12-20", "--json").stdout)
    assert further["items"][0]["read_from"] == "2024-12-25T00:00:00Z"


@pytest.mark.usefixtures("url")
def test_a_series_that_cannot_be_read_is_said_and_the_others_come(database: str) -> None:
    done = run("--since", "2025-01-01", "--pair", "BTC/USDT", "--pair", "NO/SUCH")
    assert done.exit_code == 1
    assert "NO/SUCH 1h: 0 candles" in done.stdout
    assert "  failed: binance candles NO/SUCH" in done.stdout
    assert tape_report(database).candles == 12


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--exchange", "kraken"), "not among the configured ones: binance"),
        (("--timeframe", "1x"), "'1x' is not a timeframe"),
        (("--pair", "BTCUSDT"), "'BTCUSDT' is not a pair"),
        (("--until", "2024-01-01"), "--until is not later than --since"),
        (("--since", "2025-01-01T12:01"), "nothing has closed since 2025-01-01T12:01:00Z"),
    ],
)
def test_what_cannot_be_backfilled_is_bad_usage(options: tuple[str, ...], words: str) -> None:
    refused = run("--since", "2025-01-01", *options)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.usefixtures("url")
def test_no_two_backfills_of_an_exchange_at_once(database: str) -> None:
    other = Backfills(database, "binance")
    assert other.lead()
    refused = run("--since", "2025-01-01")
    other.close()
    assert refused.exit_code == 1
    assert "Another backfill of this exchange is running" in refused.stderr


@pytest.mark.usefixtures("url")
def test_nothing_is_backfilled_into_a_demo_s_database(database: str) -> None:
    prepare_for_demo(database, "shown", None)
    refused = run("--since", "2025-01-01")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("papertape: This database is a demo's")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded candles here")
def test_what_an_exchange_has_restated_is_found_by_reading_again(
    tmp_path: Path, database: str
) -> None:
    folder = tmp_path / "served" / "BTC-USDT"
    folder.mkdir(parents=True)
    span = ("--since", "2020-12-01", "--until", "2021-07-17T21:00Z")
    for file, options in (("1h.2021", span), ("1h.2017-2024", (*span, "--again"))):
        shutil.copy(RECORDED / f"{file}.parquet", folder / "1h.parquet")
        with sandbox(SandboxSettings(data=folder.parent, start=NOON)) as address:
            configure(tmp_path, address)
            assert run(*options).exit_code == 0
    assert tape_report(database).events == {
        "CandleClosed": 5_482,
        "GapFound": 6,
        "CandleRevised": 3,
    }
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT fact->>'at' FROM market.events WHERE topic = 'CandleRevised' ORDER BY position"
        ).fetchall()
    assert [row[0] for row in rows] == [  # their closes
        "2020-12-21T14:00:00Z", "2021-01-11T09:00:00Z", "2021-04-23T02:00:00Z",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="only POSIX kills outright")
@pytest.mark.parametrize("by", ["SIGINT", "SIGKILL"])
def test_what_was_stopped_is_kept_and_goes_on(
    tmp_path: Path, url: str, database: str, by: str
) -> None:
    span = ("--since", "2024-12-18", "--timeframe", "1m")
    process = started(tmp_path, span)
    try:
        wait_for_candles(database, process)
    finally:
        process.send_signal(getattr(signal, by))
        _, said = process.communicate(timeout=60)
    if by == "SIGINT":
        assert process.returncode == 130
        assert "the same again goes on there" in said
    kept = tape_report(database).candles
    assert kept
    done = json.loads(run(*span, "--json").stdout)
    assert done["written"] + kept == 14 * 1_440 + 720
    assert done["candles"] < 14 * 1_440
    assert tape_report(database).events == {"CandleClosed": 14 * 1_440 + 720}


def configure(folder: Path, url: str) -> None:
    """Settings with one exchange, at that address."""
    lines = ("[[exchanges]]", 'name = "binance"', 'pairs = ["BTC/USDT"]', f'url = "{url}"')
    (folder / "papertape.toml").write_text("\n".join((*lines, "requests_per_second = 1000")))


def run(*options: str) -> Result:
    """The command as it would be typed; options given later win."""
    return CliRunner().invoke(app, ["backfill", "--exchange", "binance", *options])


def started(folder: Path, options: tuple[str, ...]) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    command = [sys.executable, "-m", "jobs.cli", "candles", "backfill", "--exchange", "binance"]
    root = str(Path(__file__).parents[2])
    settings: dict[str, Any] = {
        "env": {**os.environ, "PAPERTAPE_CONFIG": str(folder / "papertape.toml")},
        "cwd": root,
    }
    return subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def wait_for_candles(url: str, process: "subprocess.Popen[str]") -> None:
    """Wait until the first candles are committed."""
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline and process.poll() is None:
            row = connection.execute("SELECT count(*) FROM market.candles").fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.01)
    raise AssertionError("no candle was written in time")
