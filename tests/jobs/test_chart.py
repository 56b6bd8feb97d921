"""`papertape chart`: pictures of files and of the tape, and what is said when there is none."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from adapters.candle_writing import write_candles
from application.tapes import MarketTape, TradingTape
from jobs.cli import app
from tests.adapters.indicators.series import random_candles
from tests.web.recorded import Recording, close_period, project, record_market

PNG = b"\x89PNG\r\n"
CANDLES = random_candles(900, seed=9)
OF_FILE = (
    "--exchange", "binance", "--pair", "BTC/USDT", "--timeframe", "1h", "--data", "in.parquet",
)  # fmt: skip
OF_TAPE = ("--exchange", "sandbox", "--pair", "BTC/USDT", "--timeframe", "1h")


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", "host=127.0.0.1 port=1 connect_timeout=1")
    write_candles(tmp_path / "in.parquet", [CANDLES])


@pytest.fixture
def _tape(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


@pytest.mark.usefixtures("_folder")
def test_a_file_is_drawn_without_a_database() -> None:
    said = reported(*OF_FILE, "-o", "out.png")
    assert said == {
        "file": "out.png", "format": "png", "exchange": "binance", "pair": "BTC/USDT",
        "timeframe": "1h", "candles": 300, "first": moment(600), "last": moment(899),
        "lines": [], "trades": 0, "signals": [],
    }  # fmt: skip
    assert Path("out.png").read_bytes().startswith(PNG)
    assert sorted(os.listdir()) == ["in.parquet", "out.png"]


@pytest.mark.usefixtures("_folder")
def test_a_strategy_shows_its_lines_and_signals() -> None:
    strategy = ("--strategy", "ema_cross", "--param", "fast=3", "--param", "slow=7")
    said = reported(*OF_FILE, *strategy, "-o", "out.svg", "--style", "dark", "--width", "390")
    assert said["format"] == "svg"
    assert said["lines"] == ["fast", "slow", "atr"]
    assert {each["purpose"] for each in said["signals"]} == {"enter", "exit"}
    entry = next(each for each in said["signals"] if each["purpose"] == "enter")
    assert entry.keys() == {"purpose", "side", "open_time", "stop", "target", "moves"}
    assert said["first"] <= entry["open_time"] <= said["last"]


@pytest.mark.usefixtures("_folder")
def test_a_strategy_says_the_same_of_any_part_of_the_file() -> None:
    strategy = ("--strategy", "ema_cross", "-o", "out.png")
    whole = reported(*OF_FILE, *strategy, "--candles", "400", "--width", "2400")["signals"]
    early = reported(*OF_FILE, *strategy, "--candles", "60", "--to", moment(700))["signals"]
    assert early
    assert early == [each for each in whole if moment(640) <= each["open_time"] < moment(700)]


@pytest.mark.usefixtures("_folder")
def test_a_range_is_drawn_as_far_as_there_is_room() -> None:
    said = reported(*OF_FILE, "-o", "out.png", "--from", moment(100), "--to", moment(150))
    assert (said["first"], said["last"], said["candles"]) == (moment(100), moment(149), 50)
    narrow = reported(*OF_FILE, "-o", "out.png", "--from", moment(100), "--width", "320")
    assert narrow["last"] == moment(899)
    assert narrow["candles"] < 120


@pytest.mark.usefixtures("_folder")
def test_without_a_file_the_picture_is_standard_output() -> None:
    assert run(*OF_FILE).stdout_bytes.startswith(PNG)
    assert run(*OF_FILE, "--format", "svg").stdout.endswith("</svg>\n")


@pytest.mark.usefixtures("_folder")
def test_too_short_a_history_for_a_strategy_is_said() -> None:
    done = run(*OF_FILE, "--strategy", "ema_cross", "--to", moment(50), "-o", "out.png")
    assert done.exit_code == 0
    assert re.fullmatch(
        r"papertape: ema_cross says nothing here: it needs \d{3} candles before those that are"
        r" drawn, without an outage\n",
        done.stderr,
    )


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "out.gif"), "out.gif: it must end in .png or .svg"),
        (("-o", "out.png", "--format", "svg"), "out.png: it must end in .svg"),
        (("-o", "no/out.png"), "no/out.png: there is no such folder, or it is one"),
        (("--json",), "say where the chart is to go: -o chart.png"),
        (("--param", "fast=3"), "--param is for a strategy: name one with --strategy"),
        (("--strategy", "ema_cross", "--param", "fast"), "--param 'fast': write it as name=value"),
        (("--strategy", "ema_cross", "--param", "fast=x"), "ema_cross: fast = x: it must be a"),
        (("--strategy", "nothing"), "There is no strategy 'nothing'. Known: "),
        (("--from", "2030-01-01"), "binance BTC/USDT 1h: there are no candles in that range"),
        (("--data", "no.csv"), "no.csv: there is no such file"),
        (("--timeframe", "1x"), "'1x' is not a timeframe."),
        (("--pair", "BTC"), "'BTC' is not a pair"),
        (("--timeframe", "1d"), "in.parquet, row 1: "),
    ],
)
def test_bad_input_is_one_line_and_status_2(options: tuple[str, ...], said: str) -> None:
    output = () if {"-o", "--json"} & {*options} else ("-o", "out.png")
    done = run(*OF_FILE, *options, *output)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"papertape: {said}")
    assert done.stderr.count("\n") == 1
    assert os.listdir() == ["in.parquet"]


@pytest.mark.usefixtures("_folder")
def test_a_picture_takes_the_place_of_another_whole_or_not_at_all() -> None:
    Path("out.png").write_text("old")
    Path("out.png").chmod(0o600)
    assert run(*OF_FILE, "--strategy", "nothing", "-o", "out.png").exit_code == 2
    assert Path("out.png").read_text() == "old"
    assert run(*OF_FILE, "-o", "out.png").exit_code == 0
    assert Path("out.png").read_bytes().startswith(PNG)
    assert stat.S_IMODE(Path("out.png").stat().st_mode) & 0o400


@pytest.mark.usefixtures("_tape")
def test_the_tape_is_drawn_with_its_trades(
    database: str, market_tape: MarketTape, trading_tape: TradingTape
) -> None:
    record_market(market_tape, 60)
    close_period(market_tape, 60)
    paper = Recording(trading_tape)
    paper.open()
    paper.fill(40, paper.order(40))
    project(database)
    said = reported(*OF_TAPE, "-o", "out.png")
    assert (said["candles"], said["trades"]) == (60, 1)
    cut = reported(*OF_TAPE, "-o", "out.png", "--candles", "10", "--to", "2025-03-01T20:00")
    assert (cut["candles"], cut["last"], cut["trades"]) == (10, "2025-03-01T19:00:00Z", 0)


@pytest.mark.usefixtures("_tape")
def test_a_strategy_says_the_same_of_the_tape_and_of_a_file(
    market_tape: MarketTape, tmp_path: Path
) -> None:
    write_candles(tmp_path / "in.parquet", [CANDLES])
    series = ("--exchange", "binance", "--pair", "BTC/USDT", "--timeframe", "1h")
    imported = CliRunner().invoke(app, ["candles", "import", "in.parquet", *series])
    assert imported.exit_code == 0, imported.stderr
    strategy = ("--strategy", "ema_cross", "-o", "out.svg")
    from_tape, from_file = (reported(*of, *strategy) for of in (series, OF_FILE))
    assert from_tape == from_file
    assert from_tape["signals"]


@pytest.mark.usefixtures("_tape")
def test_an_unknown_series_is_bad_input() -> None:
    done = run(*OF_TAPE, "-o", "out.png")
    assert (done.exit_code, done.stderr) == (
        2, "papertape: There are no candles of sandbox BTC/USDT 1h.\n",
    )  # fmt: skip


def moment(row: int) -> str:
    """When a candle opens, as it is written everywhere."""
    opened = np.datetime64(int(CANDLES.open_time[row]), "ms")
    return f"{np.datetime_as_string(opened, unit='s')}Z"


def run(*options: str) -> Result:
    return CliRunner().invoke(app, ["chart", *options])


def reported(*options: str) -> dict[str, Any]:
    """What a chart that was drawn says of itself."""
    done = run(*options, "--json")
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
