"""`papertape sweep`: the same as single backtests, gone on with when it was stopped."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.adapters.indicators.series import random_candles
from tests.adapters.sweeps.candles import as_file, written
from tests.jobs.running import Run, alone, answered, run

__all__ = ["alone", "run"]

SERIES = ("--exchange", "bench", "--pair", "BTC/USDT", "--timeframe", "1h")
CROSS = ("--strategy", "sma_cross", "--param", "stop=0.02", *SERIES)
GRID = ("--grid", "fast=3,5,12", "--grid", "slow=12:24:12")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

FAILING = """
import numpy as np
from papertape import Candles, Indicator, Rules, Strategy
class Own(Strategy, frozen=True):
    length: int = 5
    def indicators(self):
        return {"mean": Indicator("SMA", period=self.length)}
    def rules(self, candles, values):
        if self.length > 5:
            raise ValueError("too long")
        never = np.zeros(len(candles), dtype=bool)
        return Rules(never, never)
"""


def found(run: Run, *words: str) -> dict[str, Any]:
    return answered(run, "sweep", *words)


def test_each_result_is_that_of_a_single_backtest(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(written(tmp_path)))
    said = found(run, *CROSS, *data, *GRID, "--param", "fee=0.0005")
    assert len(said["runs"]) == 5
    for each in said["runs"]:
        parameters = [f"{name}={value}" for name, value in each["parameters"].items()]
        words = [word for one in (*parameters, "fee=0.0005") for word in ("--param", one)]
        _, out, _ = run("backtest", "--json", *CROSS, *data, *words)
        single = json.loads(out)
        assert each["trades"] == len(single["trades"]) > 0
        assert each["metrics"].items() <= single["metrics"].items()


def test_the_best_come_first_by_the_chosen_figure(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(written(tmp_path)))
    profits = found(run, *CROSS, *data, *GRID, "--by", "net_profit")["runs"]
    values = [float(each["metrics"]["net_profit"]) for each in profits]
    assert values == sorted(values, reverse=True)
    falls = found(run, *CROSS, *data, *GRID, "--by", "max_drawdown")["runs"]
    assert falls[0]["metrics"]["max_drawdown"] == min(
        each["metrics"]["max_drawdown"] for each in profits
    )


def test_neither_the_order_of_values_nor_the_number_of_workers_matters(
    run: Run, tmp_path: Path
) -> None:
    data = ("--data", str(written(tmp_path)))
    one = found(run, *CROSS, *data, *GRID, "--workers", "1")
    backwards = ("--grid", "slow=24,12", "--grid", "fast=12,5,3")
    other = found(run, *CROSS, *data, *backwards, "--workers", "3")
    assert [each["metrics"] for each in one["runs"]] == [each["metrics"] for each in other["runs"]]


def test_what_is_refused_is_counted_and_told(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(written(tmp_path)))
    said = found(run, *CROSS, *data, *GRID)
    assert said["refused"] == [
        {
            "parameters": {"fast": "12", "slow": "12"},
            "reason": "sma_cross: fast = 12 must be shorter than slow = 12",
        }
    ]
    status, out, _ = run("sweep", *CROSS, *data, *GRID)
    assert status == 0
    assert "1 combination refused" in out
    assert "The best of 5 combinations is luck in part" in out


def test_a_random_search_finds_the_same_again(run: Run, tmp_path: Path) -> None:
    words = (*CROSS, "--data", str(written(tmp_path)), "--grid", "fast=2:20", "--grid",
             "target=0.01:0.2", "--random", "6", "--seed", "4")  # fmt: skip
    first = found(run, *words)
    assert first["tried"] == 6
    assert first["runs"] == found(run, *words)["runs"]
    assert first["runs"] != found(run, *words, "--seed", "5")["runs"]


def test_where_the_strategy_s_own_code_fails_the_sweep_does(run: Run, tmp_path: Path) -> None:
    Path("strategies").mkdir()
    Path("strategies/own.py").write_text(FAILING)
    words = ("--strategy", "own", *SERIES, "--data", str(written(tmp_path)), "--grid", "length=5,9")
    status, out, _ = run("sweep", *words)
    assert status == 1
    assert "1 combination failed" in out
    assert "own failed in BTC/USDT: ValueError: too long" in out


def test_results_in_a_file_are_gone_on_with(run: Run, tmp_path: Path) -> None:
    words = (*CROSS, "--data", str(written(tmp_path)), *GRID, "--results", "results.jsonl")
    whole = found(run, *words)
    lines = Path("results.jsonl").read_text().splitlines()
    assert len(lines) == 7
    Path("results.jsonl").write_text("\n".join(lines[:4]))
    again = found(run, *words)
    assert (again["repeated"], again["runs"]) == (2, whole["runs"])
    assert sorted(Path("results.jsonl").read_text().splitlines()) == sorted(lines)
    status, _, errors = run("sweep", *words, "--param", "fee=0")
    assert (status, errors.count("\n")) == (2, 1)
    assert "another sweep" in errors


def test_results_of_the_tape_are_kept_beside_it(
    run: Run, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    data = written(tmp_path)
    assert run("candles", "import", str(data), *SERIES)[0] == 0
    Path("account.toml").write_text("tick = 0.01\nlot = 0.001\n")
    words = (*CROSS, *GRID, "--account", "account.toml")
    first, second = found(run, *words), found(run, *words)
    assert (first["repeated"], second["repeated"]) == (0, 6)
    assert first["runs"] == second["runs"] == found(run, *words, "--data", str(data))["runs"]
    with psycopg.connect(database) as connection:
        counted = connection.execute("SELECT count(*) FROM backtests.sweep_results").fetchone()
    assert counted == (6,)


def test_all_results_are_written_as_csv_and_two_parameters_drawn(run: Run, tmp_path: Path) -> None:
    words = (*CROSS, "--data", str(written(tmp_path)), *GRID, "--grid", "target=0.03,0.1")
    status, _, _ = run(
        "sweep", *words, "--csv", "all.csv", "--heat-map", "map.svg", "--x", "slow", "--y", "fast"
    )
    assert status == 0
    with Path("all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert list(rows[0])[:3] == ["fast", "slow", "target"]
    assert Path("map.svg").read_bytes().startswith(b"<svg")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--grid", "fast"), "fast=5,10,20"),
        (("--grid", "fsat=5"), "no parameter 'fsat'"),
        (("--grid", "fast=50,60"), "must be shorter"),
        (("--grid", "fast=5", "--by", "luck"), "--by luck"),
        (("--grid", "fast=1:900", "--grid", "slow=1:900"), "--random"),
        (("--grid", "fast=5", "--heat-map", "map.png"), "two parameters"),
        (("--grid", "fast=5", "--heat-map", "map.gif"), ".png or .svg"),
        (("--grid", "fast=5", "--results", "no/results.jsonl"), "cannot be written"),
    ],
)
def test_bad_input_is_told_in_a_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    status, out, errors = run("sweep", *CROSS, "--data", str(written(tmp_path, 300)), *words)
    assert (status, out, errors.count("\n")) == (2, "", 1)
    assert says in errors


LONG = ("--grid", "fast=2:11", "--grid", "slow=25:34", "--workers", "2")
"""A hundred combinations, over candles of which each takes a moment."""


def begun(tmp_path: Path) -> tuple[list[str], "subprocess.Popen[str]"]:
    """A sweep in a process of its own that has kept something, and is far from done."""
    data = as_file(tmp_path / "long.parquet", random_candles(5_000, 3))
    command = [sys.executable, "-m", "jobs.cli", "sweep", "--json", *CROSS, *LONG]
    command += ["--data", str(data), "--results", str(tmp_path / "results.jsonl")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "shared")}
    (tmp_path / "shared").mkdir()
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    _until(lambda: len(_numbers(tmp_path)) > 5)
    return command, process


def _numbers(tmp_path: Path) -> list[int]:
    """The candidates whose results are kept."""
    file = tmp_path / "results.jsonl"
    lines = file.read_text().split("\n")[1:-1] if file.exists() else []
    return [json.loads(line)["number"] for line in lines]


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def _again(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


@needs_proc
def test_killed_and_started_again_it_does_no_work_twice(tmp_path: Path) -> None:
    command, process = begun(tmp_path)
    workers = _children(process.pid)
    process.kill()
    process.communicate()
    _until(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))
    before = _numbers(tmp_path)
    assert 5 < len(before) < 100
    said = _again(command)
    assert said["repeated"] == len(before)
    assert sorted(_numbers(tmp_path)) == list(range(100))
    assert _numbers(tmp_path)[: len(before)] == before
    assert len(said["runs"]) == 100
    assert list((tmp_path / "shared").iterdir()) == []


def test_ctrl_c_keeps_what_is_done_and_says_so(tmp_path: Path) -> None:
    command, process = begun(tmp_path)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    said = json.loads(out)
    assert (process.returncode, said["cut_short"], errors) == (130, True, "")
    kept = _numbers(tmp_path)
    assert 5 < len(kept) == said["tried"] < 100
    assert list((tmp_path / "shared").iterdir()) == []
    assert _again(command)["repeated"] == len(kept)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
