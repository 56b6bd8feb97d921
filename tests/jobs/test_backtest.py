"""`papertape backtest`: what it prints, what it refuses, what it keeps, and how it is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.candle_writing import write_candles
from domain.candles import Candles
from tests.adapters.backtesting.made import asked, folder_of, from_files, on_tape, walks
from tests.adapters.indicators.series import random_candles
from tests.adapters.strategies.written import write
from tests.conftest import open_market_tape
from tests.jobs.test_cli import CLOSED_PORT, Ran, Run, one_line, run
from tests.projections.history import ask
from tests.system.running import start

__all__ = ["run"]

WALKS = walks()
ONE = ("--exchange", "bench", "--pair", "BTC/USDT", "--timeframe", "1h")
ALL = ("--exchange", "bench", "--pair", "*/USDT", "--timeframe", "1h")
FILE = ("--data", "data/BTC-USDT/1h.parquet")
STRATEGY = ("--strategy", "sma_cross", "--param", "fast=3", "--param", "slow=8")
TRADE = {
    "pair", "side", "quantity", "entered_at", "entry_price", "exited_at", "exit_price",
    "exit_reason", "fees", "profit", "ambiguous",
}  # fmt: skip
BUSY = '''"""In and out again all the time; tells when it was heard to the end."""

from pathlib import Path

from papertape import Rules, Strategy


class Busy(Strategy, frozen=True):
    def indicators(self):
        return {}

    def rules(self, candles, values):
        if candles.open_time[-1] == LAST:
            Path(HEARD).touch()
        minute = candles.open_time // 60_000 % 4
        return Rules(enter_long=minute == 0, exit_long=minute == 2)
'''
FAILING = BUSY.replace("Busy", "Failing").replace(
    "        if candles", "        print('I am here')\n        1 / 0\n        if candles"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Candles in the folder where the command runs, and a database out of reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", CLOSED_PORT)
    folder_of(WALKS, tmp_path / "data")


@pytest.fixture
def url(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database whose tape has the candles."""
    _, inputs = from_files(asked(data=tmp_path / "data"))
    with open_market_tape(database) as tape:
        on_tape(tape, database, WALKS, tmp_path / "imported", inputs.recorded.rules)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    return database


def document(ran: Ran, status: int = 0) -> Any:
    assert ran.status == status, ran
    return json.loads(ran.out)


def without_seconds(said: dict[str, Any], *others: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in {"seconds", *others}}


def test_the_document_has_the_shape_that_scripts_rely_on(run: Run) -> None:
    ran = run("backtest", *STRATEGY, *ONE, *FILE, "--json")
    said = document(ran)
    assert ran.errors == ""
    assert said["candles"] == 900
    assert all(trade.keys() == TRADE for trade in said["trades"])
    assert said["metrics"]["trades"] == len(said["trades"]) > 50
    (account,) = said["accounts"]
    assert account.keys() == {"name", "capital", "cash", "equity", "open_trades"}
    assert said["declined"] == {}
    assert said["seconds"].keys() == {"read", "signals", "trading", "total"}
    first = said["trades"][0]
    assert (first["pair"], first["side"], first["ambiguous"]) == ("BTC/USDT", "long", False)
    assert all(isinstance(first[name], str) for name in ("quantity", "entry_price", "profit"))
    assert first["entered_at"].endswith("Z")
    assert (said["run"], said["cut_short"], said["position"]) == (None, False, None)


def test_cash_is_capital_and_all_profits_where_nothing_is_open(run: Run) -> None:
    said = document(run("backtest", *STRATEGY, *ONE, *FILE, "--param", "cash=20000", "--json"))
    (account,) = said["accounts"]
    assert (account["capital"], account["open_trades"]) == ("20000", 0)
    profits = sum(Decimal(trade["profit"]) for trade in said["trades"])
    assert Decimal(account["equity"]) == Decimal(account["cash"]) == 20_000 + profits


def test_the_same_again_and_another_order_of_pairs_give_the_same(run: Run) -> None:
    pairs = [word for pair in sorted(WALKS) for word in ("--pair", pair)]
    forwards = ("--exchange", "bench", "--timeframe", "1h", "--data", "data", *pairs)
    turned = [word for pair in sorted(WALKS)[::-1] for word in ("--pair", pair)]
    backwards = ("--exchange", "bench", "--timeframe", "1h", "--data", "data", *turned)
    said = [
        without_seconds(document(run("backtest", *STRATEGY, *options, "--json")))
        for options in (forwards, forwards, backwards, (*ALL, "--data", "data"))
    ]
    assert len(said[0]["trades"]) > 100
    assert all(each == said[0] for each in said)


def test_fill_bands_stand_side_by_side(run: Run) -> None:
    bands = ("--fills", "plain", "--fills", "pessimistic")
    said = document(run("backtest", *STRATEGY, *ONE, *FILE, *bands, "--json"))
    assert [account["name"] for account in said["accounts"]] == ["plain", "pessimistic"]
    assert said["runs"].keys() == {"plain", "pessimistic"}
    assert said["metrics"] == said["runs"]["plain"]["metrics"]
    shown = run("backtest", *STRATEGY, *ONE, *FILE, *bands).out
    assert "plain" in shown
    assert "pessimistic" in shown


def test_a_person_reads_figures_cuts_reasons_and_warnings(run: Run) -> None:
    ran = run("backtest", *STRATEGY, *ALL, "--data", "data", "--param", "max_open_trades=1")
    assert (ran.status, ran.errors) == (0, "")
    for words in (
        "sma_cross  fast 3, slow 8", "bench  ADA/USDT, BTC/USDT, ETH/USDT  1h", "total return",
        "win rate", "market", "exit reason", "month", "declined signals", "max open trades",
    ):  # fmt: skip
        assert words in ran.out
    few = run("backtest", *STRATEGY, *ONE, *FILE, "--to", "2015-09-03")
    assert "warning" in few.out
    assert "chance decides most" in few.out


def test_report_and_chart_are_written(run: Run) -> None:
    files = ("--html", "report.html", "--chart", "equity.png")
    assert run("backtest", *STRATEGY, *ONE, *FILE, *files, "--json").status == 0
    page = Path("report.html").read_text()
    assert page.startswith("<!")
    assert "sma_cross" in page
    assert Path("equity.png").read_bytes().startswith(b"\x89PNG")
    assert run("backtest", *STRATEGY, *ONE, *FILE, "--chart", "equity.svg").status == 0
    assert "<svg" in Path("equity.svg").read_text()


def test_a_strategy_of_a_file_is_run_as_it_is_now(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "strategies", busy=BUSY.replace("LAST", "0").replace("HEARD", "'heard'"))
    said = document(run("backtest", "--strategy", "busy", *ONE, *FILE, "--json"))
    assert said["trades"] == []  # it says minutes, these are hours
    assert said["parameters"] == {}


def test_a_strategy_that_fails_is_told_and_ends_with_one(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "strategies", failing=FAILING)
    ran = run("backtest", "--strategy", "failing", *ONE, *FILE, "--json")
    (failure,) = document(ran, 1)["failures"]
    assert failure.startswith("failing failed in BTC/USDT: ")
    assert "I am here" in ran.errors


@pytest.mark.parametrize(
    ("options", "because"),
    [
        (["--strategy", "nope", *ONE, *FILE], "There is no strategy 'nope'"),
        ([*STRATEGY, *ONE, *FILE, "--param", "slow=1"], "sma_cross: slow = 1"),
        ([*STRATEGY, *ONE, *FILE, "--param", "colour=red"], "no parameter 'colour'"),
        ([*STRATEGY, *ONE, *FILE, "--param", "cash=-5"], "cash = -5: it must be above 0"),
        ([*STRATEGY, *ONE, "--data", "nowhere.csv"], "nowhere.csv: there is no such file"),
        ([*STRATEGY, *ONE, "--data", "."], "holds candles of data: say which"),
        ([*STRATEGY, *ALL, *FILE], "the candles of one market"),
        ([*STRATEGY, *ONE, *FILE, "--from", "2016", "--to", "2015"], "--from is not before --to"),
        ([*STRATEGY, *ONE, *FILE, "--from", "2030-01-01"], "there are no candles in that range"),
        ([*STRATEGY, *ONE, *FILE, "--fills", "rosy"], "there is no fill band 'rosy'"),
        ([*STRATEGY, *ONE, *FILE, "--execution", "1x"], "'1x' is not a timeframe"),
        ([*STRATEGY, *ONE, *FILE, "--account", "no.toml"], "no.toml: it cannot be read"),
        ([*STRATEGY, *ONE, *FILE, "--html", "no/where.html"], "there is no such folder"),
        ([*STRATEGY, *ONE, *FILE, "--chart", "equity.gif"], "a chart ends in .png or .svg"),
    ],
)
def test_bad_input_is_one_line_and_ends_with_two(
    run: Run, options: list[str], because: str
) -> None:
    one_line(run("backtest", *options), 2, because)


@pytest.mark.parametrize(
    ("options", "because"),
    [
        ([*ONE], "--strategy"),
        ([*STRATEGY, "--exchange", "bench", "--timeframe", "1h"], "--pair"),
        ([*STRATEGY, *ONE, "--param", "fast"], "'fast' is no parameter"),
        ([*STRATEGY, *ONE, "--from", "yesterday"], "'yesterday' is no time"),
    ],
)
def test_bad_usage_is_told_and_ends_with_two(run: Run, options: list[str], because: str) -> None:
    ran = run("backtest", *options)
    assert (ran.status, ran.out) == (2, "")
    assert because in ran.errors


def test_a_database_out_of_reach_is_one_line_and_ends_with_one(run: Run) -> None:
    one_line(run("backtest", *STRATEGY, *ONE), 1, "Connection refused")
    one_line(run("backtest", *STRATEGY, *ONE, *FILE, "--record"), 1, "Connection refused")


def test_a_run_from_the_tape_gives_what_files_give_and_is_kept(run: Run, url: str) -> None:
    of_files = document(run("backtest", *STRATEGY, *ALL, "--data", "data", "--json"))
    of_tape = document(run("backtest", *STRATEGY, *ALL, "--json"))
    places = ("data", "position", "run")
    assert without_seconds(of_tape, *places) == without_seconds(of_files, *places)
    assert (of_files["run"], of_tape["run"]) == (None, 1)
    assert of_tape["position"] == ask(url, "SELECT max(notification_id) FROM market.tape_events")[0]
    assert ask(url, "SELECT count(*) FROM backtests.run_facts") == [0]
    (kept,) = document(run("backtests", "list", "--json"))["items"]
    assert (kept["id"], kept["candle_hash"]) == (1, of_tape["candle_hash"])
    assert document(run("backtests", "show", "1", "--json")) == kept
    assert kept["accounts"][0]["metrics"] == of_tape["metrics"]
    sources = ask(url, f"SELECT source FROM trading.sources WHERE hash = '{kept['source']}'")
    assert "class SmaCross" in sources[0]


@pytest.mark.usefixtures("url")
def test_kept_runs_are_listed_and_shown_to_a_person(run: Run) -> None:
    assert run("backtests", "list").out == "No backtest is kept yet.\n"
    printed = run("backtest", *STRATEGY, *ONE).out
    assert "kept as backtest 1" in printed
    listed = run("backtests", "list").out
    assert "sma_cross" in listed
    assert "bench BTC/USDT" in listed
    shown = run("backtests", "show", "1").out
    assert shown.splitlines()[:30] == printed.splitlines()[:30]
    assert run("backtests", "list", "--strategy", "other").out == "No backtest is kept yet.\n"
    one_line(run("backtests", "show", "7"), 2, "no backtest 7 is kept")


def test_a_recorded_run_keeps_all_its_facts_beside_the_tape(run: Run, url: str) -> None:
    trading = ask(url, "SELECT count(*) FROM trading.tape_events")
    said = document(run("backtest", *STRATEGY, *ONE, *FILE, "--record", "--json"))
    assert ask(url, "SELECT count(*) FROM trading.tape_events") == trading
    closed = "SELECT count(*) FROM backtests.run_facts WHERE topic = 'TradeClosed' AND run = "
    assert ask(url, closed + str(said["run"])) == [len(said["trades"])]
    versions = "SELECT min(version), max(version), count(*) FROM backtests.run_facts"
    ((first, last, count),) = ask(url, versions)
    assert (first, last) == (1, count)


def minutes(count: int) -> Candles:
    """Made-up candles of a minute each."""
    hourly = random_candles(count, 5)
    return Candles(
        hourly.open_time[0] + (hourly.open_time - hourly.open_time[0]) // 60,
        hourly.open, hourly.high, hourly.low, hourly.close, hourly.volume,
    )  # fmt: skip


def test_ctrl_c_gives_what_is_done(tmp_path: Path) -> None:
    candles, heard = minutes(100_000), tmp_path / "heard"
    write_candles(tmp_path / "long.parquet", [candles])
    text = BUSY.replace("LAST", str(candles.open_time[-1])).replace("HEARD", repr(str(heard)))
    folder = write(tmp_path / "strategies", busy=text)
    series = ("--exchange", "bench", "--pair", "BTC/USDT", "--timeframe", "1m")
    options = ("--strategy", "busy", *series, "--data", str(tmp_path / "long.parquet"), "--json")
    environment = {"PAPERTAPE_STRATEGIES_FOLDER": str(folder)}
    busy = start(["backtest", *options], environment)
    try:
        while not heard.exists() and busy.poll() is None:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(busy.pid, signal.SIGINT)
        said, errors = busy.communicate(timeout=60)
    finally:
        busy.kill()
        busy.communicate()
    assert (busy.returncode, "Traceback" in errors) == (130, False), errors
    found = json.loads(said)
    assert found["cut_short"]
    assert found["metrics"]["last"] < found["until"]
    assert found["metrics"]["trades"] == len(found["trades"]) < 25_000


def test_a_backtest_of_a_file_waits_for_nothing_that_it_does_not_need() -> None:
    arguments = ["papertape", "backtest", *STRATEGY, *ONE, *FILE, "--json"]
    program = (
        f"import sys; sys.argv = {arguments!r}\n"
        "from jobs.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["candles"] == 900
    imported = set(done.stderr.split())
    assert "polars" in imported
    slow = {"psycopg", "eventsourcing", "backtrader", "structlog", "ccxt", "matplotlib", "rich"}
    assert not imported & slow
