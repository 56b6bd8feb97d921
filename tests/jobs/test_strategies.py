"""`strategies list` and `check`: which there are, and whether one may trade."""

from pathlib import Path

import polars
import pytest

from adapters.strategies.check_series import simulated
from domain.strategies import STRATEGIES
from domain.timeframes import timeframe
from tests.adapters.strategies.written import BREAKOUT, write
from tests.jobs.own_strategies import PEEKING, document, strategies
from tests.jobs.test_cli import Run, one_line, run

__all__ = ["run", "strategies"]


def test_all_there_are_are_listed_without_a_database(run: Run) -> None:
    ran = run("strategies", "list")
    assert ran.status == 0
    assert "breakout  long  strategies/breakout.py" in ran.out
    assert "Long while the price is above its average" in ran.out
    assert "whole, 2 to 1,000" in ran.out
    assert all(name in ran.out for name in STRATEGIES)


def test_the_list_is_one_document_whatever_a_file_prints(run: Run, strategies: Path) -> None:
    text = BREAKOUT.replace("class", "print('here I am')\n\n\nclass").replace(
        "length: int", "length: Annotated[int, Meta(ge=2, lt=500, description='candles of it')]"
    )
    text = text.replace(
        "from papertape import", "from typing import Annotated\nfrom papertape import Meta,"
    )
    write(strategies, breakout=text)
    ran = run("strategies", "list", "--json")
    (found,) = [each for each in document(ran)["items"] if each["origin"] == "file"]
    assert (found["name"], found["where"], found["sides"]) == (
        "breakout", "strategies/breakout.py", ["long"],
    )  # fmt: skip
    assert found["parameters"] == [
        {
            "name": "length", "type": "int", "default": 50, "ge": 2, "lt": 500,
            "description": "candles of it",
        }
    ]  # fmt: skip
    assert "here I am" in ran.errors


def test_what_is_broken_is_listed_and_ends_with_one(run: Run, strategies: Path) -> None:
    write(
        strategies,
        half="def f(",
        fails=BREAKOUT.replace("candles.close -", "candles.nope -").replace("Br", "B"),
    )
    found = document(run("strategies", "list", "--json"), status=1)
    assert [each["where"] for each in found["broken"]] == [
        "strategies/half.py, line 1", "strategies/fails.py, line 16",
    ]  # fmt: skip
    ran = run("strategies", "list")
    assert (
        "broken strategies/half.py, line 1: SyntaxError: '(' was never closed. Mend it." in ran.out
    )


def test_a_sound_strategy_may_trade_and_its_warm_up_is_told(run: Run) -> None:
    ran = run(
        "strategies",
        "check",
        "strategies/breakout.py",
        "--timeframe",
        "15m",
        "--param",
        "length=20",
    )
    assert ran.status == 0, ran
    assert "sound    breakout 15m length = 20" in ran.out
    (told,) = document(run("strategies", "check", "breakout", "--json"))["checked"]
    days = told["learnt"]["warm_up"] / 24
    assert (told["ok"], told["warm_up_days"]) == (True, pytest.approx(days))


def test_one_that_looks_ahead_is_refused_with_the_candle(run: Run, strategies: Path) -> None:
    write(strategies, breakout=PEEKING)
    found = document(run("strategies", "check", "strategies/breakout.py", "--json"), status=1)
    (told,) = found["checked"]
    assert (found["ok"], told["refused"]["check"], told["refused"]["series"]) == (
        False, "ahead", "lively",
    )  # fmt: skip
    ran = run("strategies", "check", "strategies/breakout.py")
    assert ran.status == 1
    assert "It looks ahead." in ran.out


def test_a_recorded_series_is_looked_at_too(run: Run) -> None:
    candles = simulated("recorded", timeframe("1h"), 900)
    columns = ("open", "high", "low", "close", "volume")
    polars.DataFrame(
        {"open_time_ms": candles.open_time, **{name: getattr(candles, name) for name in columns}}
    ).write_parquet("btc.parquet")
    ran = run("strategies", "check", "breakout", "--data", "btc.parquet", "--json")
    assert "btc.parquet" in document(ran)["checked"][0]["learnt"]["series"]
    one_line(run("strategies", "check", "breakout", "--data", "none.parquet"), 2, "none.parquet")


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["nope.py"], "there is no file nope.py"),
        (["strategies/nope"], "there is no file strategies/nope"),
        (["nope"], "There is no strategy 'nope'. Known: "),
        (["strategies/levels.py"], "strategies/levels.py: it defines no strategy."),
        (["breakout", "--timeframe", "1x"], "'1x' is not a timeframe"),
        (["breakout", "--param", "width=3"], "breakout has no parameter 'width'. It has: length."),
        (["breakout", "--param", "length=x"], "breakout: length = x: it must be a number"),
        (["ema_cross", "--param", "fast=30"], "fast = 30 must be shorter than slow = 21"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_ends_with_two(
    run: Run, arguments: list[str], because: str
) -> None:
    one_line(run("strategies", "check", *arguments), 2, because)


@pytest.mark.parametrize("text", ["length", "=3", "length="])
def test_a_parameter_is_written_with_its_value(run: Run, text: str) -> None:
    ran = run("strategies", "check", "breakout", "--param", text)
    assert ran.status == 2
    assert "write it as fast=12" in ran.errors


def test_a_file_that_is_no_python_is_one_line_and_ends_with_two(run: Run, strategies: Path) -> None:
    write(strategies, breakout="import sys\nsys.exit(0)\nclass A(B): ...")
    one_line(run("strategies", "check", "breakout"), 2, "breakout.py, line 2: SystemExit: 0.")
