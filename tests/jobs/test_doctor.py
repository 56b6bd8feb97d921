"""The doctor says of exchanges, scans and markets what is the matter, and ends with 1 if it is."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from application.tapes import MarketTape
from domain.market_facts import ExchangeStalled, PeriodClosed
from jobs.cli import app
from tests.web.recorded import HOUR, START, close_period, project, record_market, record_troubles


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    """No settings but the database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


def examine(*options: str) -> tuple[int, str]:
    """The doctor's exit status and what it says."""
    ended = CliRunner().invoke(app, ["doctor", "--no-exchanges", *options], env={"COLUMNS": "200"})
    return ended.exit_code, ended.stdout


def found(document: dict[str, Any], what: str) -> tuple[bool, str]:
    (finding,) = [each for each in document["findings"] if each["what"] == what]
    return finding["ok"], finding["says"]


@pytest.fixture
def troubled(database: str, market_tape: MarketTape) -> None:
    """A market that fails, one that is late, one that is gone, one with an outage."""
    for pair in ("ADA/USDT", "BTC/USDT", "ETH/USDT", "XRP/USDT"):
        record_market(market_tape, 10, pair)
    close_period(market_tape, 10)
    record_troubles(market_tape, 11)
    project(database)


@pytest.mark.usefixtures("troubled")
def test_each_market_in_trouble_is_named_with_its_sentence() -> None:
    status, said = examine()
    assert status == 1
    assert "of 4 markets 1 well, 1 late, 1 failing, 1 delisted" in said
    assert "fails since 11:00, 3 scans in a row: candles XRP/USDT: 503" in said
    assert "1 not filled; `papertape candles gaps` lists them" in said


@pytest.mark.usefixtures("troubled")
def test_the_same_is_in_the_document() -> None:
    status, said = examine("--json")
    document = json.loads(said)
    assert (status, document["ok"], document["open_gaps"]) == (1, False, 1)
    (scan,) = document["scans"]
    assert scan["period"]["closed_at"] == "2025-03-01T11:00:00Z"
    assert [row["pair"] for row in scan["health"]["in_trouble"]] == [
        "XRP/USDT", "ETH/USDT", "ADA/USDT",
    ]  # fmt: skip
    assert found(document, "  XRP/USDT")[0] is False
    assert found(document, "  ADA/USDT")[0] is True


def test_a_stalled_exchange_speaks_for_its_markets(
    database: str,
    market_tape: MarketTape,
) -> None:
    record_market(market_tape, 10)
    close_period(market_tape, 10)
    market_tape.record([ExchangeStalled(START + 10 * HOUR, "sandbox", "[/no] answer")])
    project(database)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO ops.attempts (exchange, asked, kind, pair, timeframe, reason)"
            " SELECT 'sandbox', 'time', 'no answer', '', '', '' FROM generate_series(1, 3)"
        )
    status, said = examine("--json")
    document = json.loads(said)
    assert status == 1
    assert found(document, "answers of sandbox") == (
        False,
        "stalled since 2025-03-01 10:00:00 UTC: [/no] answer;"
        " in vain in the last hour: 3 no answer",
    )
    assert not [each for each in document["findings"] if each["what"] == "  BTC/USDT"]
    assert "[/no] answer" in examine()[1]


def test_an_exchange_that_said_wait_is_named_with_the_moment(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO ops.budgets VALUES ('okx', now(), '2100-01-01Z', '429')")
    status, said = examine("--json")
    ok, says = found(json.loads(said), "answers of okx")
    assert (status, ok) == (1, False)
    assert says.startswith("told to wait until 2100-01-01 00:00:00 UTC (429)")


def test_of_many_markets_in_trouble_the_rest_is_counted(
    database: str,
    market_tape: MarketTape,
) -> None:
    pairs = [f"C{number:03}/USDT" for number in range(23)]
    market_tape.record([PeriodClosed(START, "sandbox", "1h", START, len(pairs), pairs)])
    project(database)
    _, said = examine("--json")
    document = json.loads(said)
    assert len(document["scans"][0]["health"]["in_trouble"]) == 20
    assert found(document, "  and others")[1].startswith("3 more in trouble")


def test_an_exchange_that_ccxt_does_not_know_is_told_in_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "papertape.toml").write_text(
        "accounts = []\n[[exchanges]]\nname = 'mine'\nccxt_id = 'binanse'\npairs = ['BTC/USDT']\n"
    )
    ended = CliRunner().invoke(app, ["doctor", "--json"])
    assert ended.exit_code == 1
    assert found(json.loads(ended.stdout), "exchange mine") == (
        False,
        "ccxt knows no exchange 'binanse'; ccxt_id names another",
    )
