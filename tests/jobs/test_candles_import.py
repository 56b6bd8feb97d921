"""`papertape candles import`: one document out, exit status, and nothing half written."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.purpose import prepare_for_demo
from adapters.postgres.reports import tape_report
from jobs.candles import app

MINUTE = 60_000
START = 1_704_067_200_000
HEADER = "open_time_ms,open,high,low,close,volume"
SERIES = ("--exchange", "sandbox", "--pair", "BTC/USDT", "--timeframe", "1m")


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


def test_one_json_document_and_nothing_else_says_what_was_done(tmp_path: Path) -> None:
    one, two = csv(tmp_path, 0, 30, name="one.csv"), csv(tmp_path, 20, 50, name="two.csv")
    done = run_import(two, one, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "files": 2, "candles": 50, "written": 50, "unchanged": 0, "revised": 0,
        "gaps": 0, "filled": 0,
    }  # fmt: skip
    assert done.stderr == ""


def test_without_json_it_is_one_line(tmp_path: Path) -> None:
    done = run_import(csv(tmp_path, 0, 1_200))
    assert done.stdout == ("1,200 candles of 1 file: 1,200 written, 0 unchanged, 0 revised\n")


def test_importing_twice_leaves_the_tape_as_it_was(tmp_path: Path, database: str) -> None:
    file = csv(tmp_path, 0, 50)
    run_import(file)
    before = tape_report(database)
    again = json.loads(run_import(file, "--json").stdout)
    assert (again["written"], again["unchanged"], again["revised"]) == (0, 50, 0)
    assert tape_report(database) == before


def test_changed_candles_are_revised(tmp_path: Path, database: str) -> None:
    run_import(csv(tmp_path, 0, 50))
    file = csv(tmp_path, 0, 50)
    file.write_text(file.read_text().replace(",7.5\n", ",8.5\n", 3))
    again = json.loads(run_import(file, "--json").stdout)
    assert (again["written"], again["unchanged"], again["revised"]) == (0, 47, 3)
    assert tape_report(database).events == {"CandleClosed": 50, "CandleRevised": 3}


def test_one_bad_row_in_the_last_file_and_nothing_is_written(tmp_path: Path, database: str) -> None:
    fine, bad = csv(tmp_path, 0, 50), csv(tmp_path, 50, 60, name="bad.csv")
    bad.write_text(bad.read_text().replace(",7.5\n", ",-7.5\n", 1))
    refused = run_import(fine, bad)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert refused.stderr == (
        f"papertape: {bad}, line 2: volume -7.5 is below zero."
        " Nothing was imported; correct the file and import again\n"
    )
    assert tape_report(database).events == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--timeframe", "60s"), "'60s' is not a timeframe"),
        (("--pair", "BTCUSDT"), "'BTCUSDT' is not a pair"),
        (("--exchange", ""), "'' is not the name of an exchange"),
    ],
)
def test_no_such_series_is_bad_usage(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    refused = run_import(csv(tmp_path, 0, 1), *options)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_missing_file_is_bad_usage(tmp_path: Path) -> None:
    refused = run_import(tmp_path / "none.parquet")
    assert refused.exit_code == 2
    assert "there is no such file" in refused.stderr


def test_bad_settings_are_bad_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTAPE_PRT", "1")
    refused = run_import(csv(tmp_path, 0, 1))
    assert refused.exit_code == 2
    assert "PAPERTAPE_PRT" in refused.stderr


def test_while_the_exchange_is_scanned_nothing_is_imported(tmp_path: Path, database: str) -> None:
    scan = MarketMemory(database, "sandbox")
    assert scan.lead()
    refused = run_import(csv(tmp_path, 0, 1))
    scan.close()
    assert refused.exit_code == 1
    assert "import when it has ended" in refused.stderr
    assert tape_report(database).events == {}


def test_nothing_is_imported_into_a_demo_s_database(tmp_path: Path, database: str) -> None:
    prepare_for_demo(database, "shown", None)
    refused = run_import(csv(tmp_path, 0, 1))
    assert refused.exit_code == 2
    assert refused.stderr.startswith("papertape: This database is a demo's")
    assert refused.stderr.count("\n") == 1
    assert tape_report(database).events == {}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="only POSIX kills outright")
def test_a_killed_import_is_completed_by_the_next(tmp_path: Path, database: str) -> None:
    file = csv(tmp_path, 0, 40_000)
    command = [sys.executable, "-c", "from jobs.candles import app; app()", "import"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([*command, str(file), *SERIES], env=environment)
    try:
        at_kill = wait_for_candles(database, process)
    finally:
        process.kill()
        process.wait()
    assert at_kill % 10_000 == 0
    done = json.loads(run_import(file, "--json").stdout)
    assert done["written"] + done["unchanged"] == done["candles"] == 40_000
    assert done["unchanged"] >= at_kill
    assert tape_report(database).events == {"CandleClosed": 40_000}


def wait_for_candles(url: str, process: subprocess.Popen[bytes]) -> int:
    """Wait until the first candles are committed; how many there are then."""
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline and process.poll() is None:
            row = connection.execute("SELECT count(*) FROM market.candles").fetchone()
            if row is not None and row[0]:
                return int(row[0])
            time.sleep(0.01)
    raise AssertionError("no candle was written in time")


def run_import(*arguments: object) -> Result:
    """The command as it would be typed; options given later win."""
    return CliRunner().invoke(app, ["import", *SERIES, *map(str, arguments)])


def csv(folder: Path, first: int, last: int, name: str = "candles.csv") -> Path:
    """Candles of the minutes from `first` up to `last`."""
    rows = (
        f"{START + place * MINUTE},{100 + place % 7},120.5,90,101,7.5"
        for place in range(first, last)
    )
    (folder / name).write_text("\n".join((HEADER, *rows)) + "\n")
    return folder / name


def test_candles_of_the_future_are_refused(tmp_path: Path, database: str) -> None:
    tomorrow = (int(time.time()) // 60 + 1_440) * MINUTE
    file = tmp_path / "future.csv"
    file.write_text(f"{HEADER}\n{tomorrow},100,120.5,90,101,7.5\n")
    refused = run_import(file)
    assert refused.exit_code == 2
    assert "line 2" in refused.stderr
    assert "is of the future" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert tape_report(database).events == {}


def test_an_outage_in_a_file_is_told_and_filled_by_another(tmp_path: Path) -> None:
    first, last = csv(tmp_path, 0, 300, name="first.csv"), csv(tmp_path, 400, 500, name="last.csv")
    assert json.loads(run_import(first, last, "--json").stdout)["gaps"] == 1
    filled = run_import(csv(tmp_path, 300, 350, name="between.csv"))
    assert filled.stdout.endswith("; 0 gaps found, 50 candles filled others\n")
