"""`scan`, `discover` and `revalidate` of several exchanges, of which one does not answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.exchanges.sandbox import SandboxSettings
from adapters.postgres.reports import tape_report
from adapters.settings import BadSettings
from jobs.cli import app
from tests.adapters.exchanges.running import NOON, sandbox

DEAD = "http://127.0.0.1:1"
ACCOUNT = """
[[accounts]]
name = "main"
exchange = "binance"
strategies = [{ name = "ema_cross", timeframe = "1h" }]
timeframe = "1m"
"""


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


@pytest.fixture
def alive() -> Iterator[str]:
    with sandbox(SandboxSettings(start=NOON)) as url:
        yield url


def configure(*exchanges: tuple[str, str, str], accounts: str = "accounts = []") -> None:
    """Settings with exchanges of these names, of ccxt's ids and at these addresses."""
    tables = [
        f'[[exchanges]]\nname = "{name}"\nccxt_id = "{ccxt_id}"\npairs = ["BTC/USDT"]\n'
        f'url = "{url}"\nrequests_per_second = 1000\n'
        for name, ccxt_id, url in exchanges
    ]
    before, after = (accounts, "") if accounts.startswith("accounts") else ("", accounts)
    Path("papertape.toml").write_text("\n".join((before, *tables, after)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", ["scan", "discover", "revalidate"])
def test_an_exchange_that_is_away_keeps_nobody_from_the_others(command: str, alive: str) -> None:
    configure(("away", "binance", DEAD), ("binance", "binance", alive))
    done = run(command, "--json")
    document = json.loads(done.stdout)
    assert done.exit_code == 1
    assert list(document["failed"]) == ["away"]
    assert done.stderr == f"papertape: away: {document['failed']['away']}\n"
    assert document["written"] > 0 if command == "scan" else "binance" in document


@pytest.mark.parametrize("command", ["scan", "discover", "revalidate"])
def test_where_none_answers_only_errors_are_said(command: str) -> None:
    configure(("away", "binance", DEAD))
    done = run(command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("papertape: away: ")
    assert done.stderr.count("\n") == 1


def test_an_exchange_that_ccxt_does_not_know_is_refused_before_any_is_asked(
    database: str, alive: str
) -> None:
    configure(("binance", "binance", alive), ("other", "binanse", alive))
    refused = run("scan").exception
    assert isinstance(refused, BadSettings)
    assert str(refused) == (
        "exchange other: ccxt knows no exchange 'binanse'; ccxt_id names another"
    )
    assert tape_report(database).events == {}


def test_a_scan_of_one_timeframe_among_several_closes_no_period(database: str, alive: str) -> None:
    configure(("binance", "binance", alive), accounts=ACCOUNT)
    assert run("scan", "--timeframe", "1h").exit_code == 0
    events = tape_report(database).events
    assert events["CandleClosed"] > 0
    assert "PeriodClosed" not in events
    assert run("scan").exit_code == 0
    assert tape_report(database).events["PeriodClosed"] > 0


def test_a_scan_of_the_only_timeframe_closes_its_periods(database: str, alive: str) -> None:
    configure(("binance", "binance", alive))
    assert run("scan", "--timeframe", "1h").exit_code == 0
    assert tape_report(database).events["PeriodClosed"] > 0


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("--timeframe", "5m"), "no account on binance uses it; in use: 1m, 1h"),
        (("--pair", "X/Y"), "add it to its pairs, or its currency to its quotes"),
    ],
)
def test_what_is_not_scanned_is_refused(arguments: tuple[str, str], because: str) -> None:
    configure(("binance", "binance", DEAD), accounts=ACCOUNT)
    refused = run("scan", *arguments).exception
    assert isinstance(refused, BadSettings)
    assert because in str(refused)
