"""`papertape walk-forward`: what was chosen on some candles, traded on the next."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.adapters.sweeps.candles import written
from tests.jobs.running import Run, alone, answered, run

__all__ = ["alone", "run"]

SERIES = ("--exchange", "bench", "--pair", "BTC/USDT", "--timeframe", "1h")
CROSS = ("--strategy", "sma_cross", "--param", "stop=0.02", *SERIES)
GRID = ("--grid", "fast=3,5,9", "--grid", "slow=12,24", "--by", "net_profit")
WALK = ("walk-forward", *CROSS, *GRID, "--train", "20d", "--test", "10d")


def moments(window: dict[str, dict[str, str]]) -> tuple[datetime, datetime, datetime]:
    train, test = window["train"], window["test"]
    assert train["until"] == test["since"]
    found = [datetime.fromisoformat(each) for each in (*train.values(), test["until"])]
    return found[0], found[1], found[2]


def test_trainings_roll_on_and_tests_follow_each_other(run: Run, tmp_path: Path) -> None:
    said = answered(run, *WALK, "--data", str(written(tmp_path)))
    found = [moments(each) for each in said["windows"]]
    assert len(found) == said["wanted"] == 5
    assert {turn - since for since, turn, _ in found} == {timedelta(days=20)}
    assert all(before[2] == after[1] for before, after in pairwise(found))


def test_anchored_trainings_all_begin_at_the_beginning(run: Run, tmp_path: Path) -> None:
    said = answered(run, *WALK, "--anchored", "--data", str(written(tmp_path)))
    assert len({each["train"]["since"] for each in said["windows"]}) == 1
    assert len({each["train"]["until"] for each in said["windows"]}) == 5


def test_each_training_chooses_what_a_sweep_of_it_finds_best(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(written(tmp_path)))
    for window in answered(run, *WALK, *data)["windows"]:
        span = ("--from", window["train"]["since"], "--to", window["train"]["until"])
        best = answered(run, "sweep", *CROSS, *GRID, *data, *span)["runs"][0]
        assert (window["parameters"], window["in_sample"]) == (best["parameters"], best["metrics"])


def test_the_first_test_is_a_backtest_with_what_was_chosen(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(written(tmp_path)))
    window = answered(run, *WALK, *data)["windows"][0]
    span = ("--from", window["test"]["since"], "--to", window["test"]["until"])
    chosen = [f"{name}={value}" for name, value in window["parameters"].items()]
    words = [word for each in chosen for word in ("--param", each)]
    single = answered(run, "backtest", *CROSS, *words, *data, *span)
    assert window["out_of_sample"].items() <= single["metrics"].items()


def test_all_tests_together_are_one_result(run: Run, tmp_path: Path) -> None:
    said = answered(run, *WALK, "--data", str(written(tmp_path)), "--chart", "walk.png")
    parts = [each["out_of_sample"] for each in said["windows"]]
    assert sum(each["trades"] for each in parts) == said["metrics"]["trades"] == len(said["trades"])
    assert parts[-1]["final_equity"] == said["metrics"]["final_equity"]
    assert Path("walk.png").read_bytes().startswith(b"\x89PNG")


def test_for_a_person_each_window_is_a_line(run: Run, tmp_path: Path) -> None:
    status, out, errors = run(*WALK, "--data", str(written(tmp_path)))
    assert (status, errors) == (0, "")
    assert "in each of 5 windows the best of 6 combinations by net profit" in out
    assert out.count("2015") > 10
    assert "all tests together" in out


def test_a_walk_goes_on_with_what_was_kept(run: Run, tmp_path: Path) -> None:
    words = (*WALK, "--data", str(written(tmp_path)), "--results", "results.jsonl")
    first = answered(run, *words)
    lines = Path("results.jsonl").read_text().splitlines()
    Path("results.jsonl").write_text("\n".join(lines[:9]) + "\n")
    second = answered(run, *words)
    assert second["windows"] == first["windows"]
    assert sorted(Path("results.jsonl").read_text().splitlines()) == sorted(lines)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--train", "900d"), "must last"),
        (("--train", "90q"), "not a timeframe"),
        (("--train", "90m"), "whole periods of 1h"),
        (("--grid", "cash=1,2"), "cash is given once"),
        (("--chart", "walk.gif"), ".png or .svg"),
    ],
)
def test_bad_input_is_told_in_a_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    status, out, errors = run(*WALK, "--data", str(written(tmp_path, 700)), *words)
    assert (status, out, errors.count("\n")) == (2, "", 1)
    assert says in errors
