"""`accounts`: how they stand, and what an operator tells them, with and without a running bot."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.follower import MarketFollower
from application.tapes import MarketTape
from jobs.cli import app
from tests.application.test_trading import MAIN, Office, open_office, scans

BECAUSE = ("--why", "the news", "--by", "mara")


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["accounts", *arguments])


@pytest.fixture
def office(database: str, market_tape: MarketTape) -> Iterator[Office]:
    """An account that has lived a while, in the configured database."""
    for facts in scans():
        market_tape.record(facts)
    with open_office(database) as made:
        made.trade(MAIN)
        yield made


def test_where_no_bot_runs_the_command_is_carried_out_here(office: Office) -> None:
    ran = run("pause", "main", *BECAUSE)
    assert (ran.exit_code, ran.stdout) == (0, "main: AccountPaused\n")
    assert office.tape.account("main").paused


def test_money_is_taken_out_with_a_minus_sign(office: Office) -> None:
    before = office.tape.account("main").cash
    ran = run("adjust", "main", "--", "-0.5", *BECAUSE)
    assert ran.exit_code == 2  # options do not follow the sign that ends them
    ran = run("adjust", *BECAUSE, "main", "-0.5", "--json")
    assert (ran.exit_code, json.loads(ran.stdout)["answer"]) == (0, "CashAdjusted")
    assert before - office.tape.account("main").cash == MAIN.stake / 2000


def test_what_cannot_be_done_is_one_clear_line(office: Office) -> None:
    ran = run("resume", "main", *BECAUSE)
    says = "papertape: account 'main' is neither paused nor halted\n"
    assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", says)


def test_a_reason_must_be_given(office: Office) -> None:
    assert run("pause", "main").exit_code == 2
    ran = run("pause", "main", "--why", " ")
    assert ran.exit_code == 2
    assert "must say something" in ran.stderr


def test_a_bot_that_runs_carries_it_out(office: Office) -> None:
    bot = MarketFollower(office.url)
    assert bot.lead()
    worker = Thread(target=_trade_soon, args=[office])
    worker.start()
    ran = run("lock", "main", "BTC/USDT", *BECAUSE)
    worker.join()
    bot.close()
    assert (ran.exit_code, ran.stdout) == (0, "main: MarketLocked\n")


def _trade_soon(office: Office) -> None:
    for _ in range(100):
        if "MarketLocked" in office.topics():
            return
        office.trade(MAIN)
        sleep(0.05)


def test_a_bot_that_is_busy_leaves_the_command_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.accounts.PATIENCE", 0.2)
    bot = MarketFollower(office.url)
    assert bot.lead()
    ran = run("pause", "main", *BECAUSE)
    bot.close()
    assert ran.exit_code == 1
    assert "will be carried out" in ran.stderr
    office.trade(MAIN)
    assert office.tape.account("main").paused


def test_the_list_is_empty_before_an_account_opens() -> None:
    assert json.loads(run("list", "--json").stdout) == {"items": [], "next": None}
