"""`papertape verify`: what it prints, as JSON too, and how it exits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters import bootstrap
from adapters.planning import plans
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.tapes import MarketTape
from application.verify import UnknownAccount
from jobs.cli import app
from jobs.failures import exit_status
from tests.application.test_trading import change, scans
from tests.projections.history import PAIRS, ask

SETTINGS = Settings(
    exchanges=(ExchangeSettings(name="binance", pairs=PAIRS),),
    accounts=(
        AccountSettings(
            name="main",
            exchange="binance",
            strategies=(
                StrategySettings(
                    name="sma_cross", timeframe="1h", parameters={"fast": "2", "slow": "4"}
                ),
            ),
        ),
    ),
)


@pytest.fixture
def url(
    database: str, market_tape: MarketTape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The configured database, in which an account has lived a while."""
    monkeypatch.chdir(tmp_path)
    for facts in scans():
        market_tape.record(facts)
    with bootstrap.trading(database, plans(database, SETTINGS)) as (_, open_desk):
        desk = open_desk()
        while desk.trade_page():
            pass
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    return database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["verify", *arguments])


def test_all_as_recorded(url: str) -> None:
    ran = run()
    assert (ran.exit_code, ran.stderr) == (0, "")
    first, given, last = ran.stdout.splitlines()
    assert first.startswith("1 account: ")
    assert "follow from 60 periods and 933 candles, up to position 996 of the market tape." in first
    assert "1 AccountConfigured, 1 AccountOpened, 1 StrategyDeployed" in given
    assert last == "All as recorded."


def test_as_json_too(url: str) -> None:
    ran = run("--json", "--account", "main")
    assert ran.exit_code == 0
    said = json.loads(ran.stdout)
    assert {"ok", "checked", "first_difference"} <= said.keys()
    assert (said["ok"], said["first_difference"], said["not_checked"]) == (True, None, [])
    checked = said["checked"]
    assert checked["accounts"] == ["main"]
    assert checked["facts"] == ask(url, "SELECT count(*) - 1 FROM trading.tape_events")[0]
    assert (checked["periods"], checked["candles"], checked["position"]) == (60, 933, 996)


def falsify(url: str) -> int:
    """Change the close that a signal has seen; returns the signal's version."""
    signal = "SELECT position, version FROM trading.events WHERE topic = 'SignalRaised' OFFSET 3"
    position, version = ask(url, f"{signal} LIMIT 1")[0]
    changed = """regexp_replace(convert_from(state, 'UTF8'), '"close":"[^"]*"', '"close":"1"')"""
    change(
        url,
        f"UPDATE trading.tape_events SET state = convert_to({changed}, 'UTF8')"
        f" WHERE notification_id = {position}",
    )
    return int(version)


def test_the_first_difference_is_shown_with_its_candle_and_numbers(url: str) -> None:
    version = falsify(url)
    ran = run()
    assert ran.exit_code == 1
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"main, fact {version} (")
    assert "market position" in lines[0]
    assert lines[0].endswith(": what is recorded does not follow from the market tape")
    starred = [line.split() for line in lines if line.startswith("  *")]
    assert [(words[1], words[2]) for words in starred] == [("close", "1")]
    assert any(line.startswith("  candle: open ") for line in lines)
    assert any(line.startswith("  sma_cross: fast ") for line in lines)
    assert lines[-1] == "1 difference: what is recorded does not follow."


def test_so_it_is_as_json(url: str) -> None:
    version = falsify(url)
    ran = run("--json")
    assert ran.exit_code == 1
    said = json.loads(ran.stdout)
    first = said["first_difference"]
    assert (said["ok"], said["differences"]) == (False, [first])
    assert (first["account"], first["version"], first["fields"]) == ("main", version, ["close"])
    assert first["recorded"]["fact"]["close"] == "1"
    assert first["derived"]["fact"]["close"] == first["candle"]["close"]
    assert set(first["indicators"]["sma_cross"]) == {"fast", "slow"}


def test_a_source_that_is_not_kept_is_told_of(url: str) -> None:
    change(url, "DELETE FROM trading.sources")
    ran = run()
    assert (ran.exit_code, json.loads(run("--json").stdout)["sources_gone"].keys()) == (
        0, {"sma_cross"},
    )  # fmt: skip
    assert "of sma_cross is not kept: what is installed spoke for it." in ran.stdout


def test_an_account_that_is_not_there_is_bad_input(url: str) -> None:
    ran = run("--account", "mian")
    assert isinstance(ran.exception, UnknownAccount)
    assert exit_status(ran.exception) == 2
    assert str(ran.exception) == "there is no account 'mian' on the trading tape"


def test_without_a_database_it_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAPERTAPE_DATABASE_URL", raising=False)
    monkeypatch.setenv("PAPERTAPE_DATA_FOLDER", str(tmp_path / "home"))
    ran = run()
    assert ran.exception is not None
    assert exit_status(ran.exception) == 2  # type: ignore[arg-type]
    assert not (tmp_path / "home").exists()


def test_an_empty_tape_is_well(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    ran = run()
    assert (ran.exit_code, ran.stdout.splitlines()[-1]) == (0, "Nothing is recorded yet.")
