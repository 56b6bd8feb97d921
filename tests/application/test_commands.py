"""Commands of operators: carried out once, in their place, together with their answer."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.commands import CommandRow, ask, command
from application.commands import Asked, BadCommand, OpenAccount, decode_command, encode_command
from application.tapes import MarketTape
from application.trading import AccountBusy
from domain.account.commands import AdjustCash, CancelOrder, ExitTrade, LockMarket, Pause, Resume
from tests.application.test_trading import MAIN, Office, open_office, scans
from tests.scenario import BTC, D, at

Who = ("mara", "the news")


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    with open_office(database) as made:
        yield made


def tell(office: Office, account: str, told: Asked, id_: UUID | None = None) -> UUID:
    """Put a command into the queue."""
    id_ = id_ or uuid4()
    with psycopg.connect(office.url, autocommit=True) as connection:
        ask(connection, id_, account, told)
    return id_


def answer(office: Office, id_: UUID) -> CommandRow:
    with psycopg.connect(office.url, autocommit=True) as connection:
        row = command(connection, id_)
    assert row is not None
    return row


def lived(office: Office, tape: MarketTape) -> None:
    """Much happened on the market tape; none of it is traded yet."""
    for facts in scans():
        tape.record(facts)


def test_a_command_is_carried_out_when_all_that_has_closed_is_handled(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    asked = tell(office, "main", Pause(*Who))
    office.trade(MAIN)
    row = answer(office, asked)
    assert (row.outcome, row.answer) == ("done", "AccountPaused")
    assert office.topics()[-1] == "AccountPaused"
    assert office.tape.account("main").paused


def test_its_facts_say_who_why_and_up_to_where_the_account_had_come(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    asked = tell(office, "main", AdjustCash(*Who, D("-250.5")))
    office.trade(MAIN)
    with psycopg.connect(office.url) as connection:
        found = connection.execute(
            "SELECT fact FROM trading.events ORDER BY position DESC LIMIT 1"
        ).fetchone()
    assert found is not None
    fact = found[0]
    assert (fact["by"], fact["why"], fact["amount"]) == ("mara", "the news", "-250.5")
    assert fact["market_position"] == market_tape.head()
    assert fact["causation_id"] == str(asked)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Resume(*Who), "account 'main' is neither paused nor halted"),
        (ExitTrade(*Who, 4_711), "trade 4711 of account 'main' is not open"),
        (CancelOrder(*Who, 4_711), "order 4711 of account 'main' is not waiting"),
        (AdjustCash(*Who, D(-10_000_000)), "is free to take out"),
        (LockMarket(*Who, "ABC/XYZ"), "binance has no market 'ABC/XYZ'"),
        (LockMarket(*Who, BTC, None, at(1)), "is past"),
        (OpenAccount(*Who), "account 'main' is open already"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_and_leaves_no_fact(
    office: Office, market_tape: MarketTape, told: Asked, why: str
) -> None:
    lived(office, market_tape)
    before = office.trade(MAIN)
    asked = tell(office, "main", told)
    assert office.trade(MAIN) == before
    row = answer(office, asked)
    assert row.outcome == "refused"
    assert why in (row.answer or "")


def test_an_account_that_nobody_knows_is_refused_by_name(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    asked = tell(office, "mian", Pause(*Who))
    office.trade(MAIN)
    assert answer(office, asked).answer == "there is no account 'mian'; known: main"


def test_the_same_id_asked_twice_is_carried_out_once(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    asked = uuid4()
    for _ in range(2):
        tell(office, "main", AdjustCash(*Who, D(100)), asked)
        office.trade(MAIN)
    assert office.topics().count("CashAdjusted") == 1


def test_a_reloaded_account_is_as_it_was_before_the_command_and_after(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    for told in (Pause(*Who), LockMarket(*Who, BTC), AdjustCash(*Who, D(5)), Resume(*Who)):
        tell(office, "main", told)
    desk = office.desk(MAIN)
    while desk.trade_page():
        pass
    account = office.tape.account("main")
    assert (account.paused, list(account.locks)) == (False, [f"{BTC} any"])
    assert office.topics()[-4:] == [
        "AccountPaused", "MarketLocked", "CashAdjusted", "AccountResumed",
    ]  # fmt: skip


def test_an_account_may_be_opened_before_its_next_period(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    office.trade()
    asked = tell(office, "main", OpenAccount(*Who))
    office.trade(MAIN)
    assert answer(office, asked).answer == "AccountOpened, AccountConfigured, StrategyDeployed"
    assert office.tape.account("main").is_open


@pytest.mark.parametrize(
    "content",
    [
        '{"command":"pause","by":"","why":"x"}',
        '{"command":"pause","by":"mara"}',
        '{"command":"dance","by":"mara","why":"x"}',
        '{"command":"exit","by":"mara","why":"x","trade":"first"}',
        '{"command":"pause","by":"mara","why":"x","trade":1}',
        '{"command":"pause","by":"m\\u0000","why":"x"}',
        '{"command":"pause","by":"mara","why":"two\\nlines"}',
        '{"command":"lock","by":"mara","why":"x","pair":"BTC/USDT","until":"2026-01-01T00:00:00"}',
        "[]",
        "{",
    ],
)
def test_what_is_no_command_is_refused(content: str) -> None:
    with pytest.raises(BadCommand):
        decode_command(content)


def test_a_command_is_read_as_it_was_written() -> None:
    told = LockMarket(*Who, BTC, "long", at(9))
    assert decode_command(encode_command(told)) == told


def test_what_lies_in_the_queue_and_is_no_command_is_refused(
    office: Office, market_tape: MarketTape
) -> None:
    lived(office, market_tape)
    id_ = uuid4()
    with psycopg.connect(office.url) as connection:
        connection.execute(
            "INSERT INTO ops.commands (id, account, command) VALUES (%s, 'main', '{}')", [id_]
        )
    asked = tell(office, "main", Pause(*Who))
    office.trade(MAIN)
    assert (answer(office, id_).outcome, answer(office, asked).outcome) == ("refused", "done")


def test_a_command_that_the_program_fails_at_is_not_tried_again(
    office: Office, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(office, market_tape)
    before = office.trade(MAIN)
    asked = tell(office, "main", Pause(*Who))
    with monkeypatch.context() as broken:
        broken.setattr("application.trading.perform", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            office.trade(MAIN)
    assert office.trade(MAIN) == before
    assert answer(office, asked).answer == "it failed; the log says more"


def test_an_account_with_open_trades_is_not_left_alone(
    office: Office, market_tape: MarketTape
) -> None:
    for facts in scans():
        market_tape.record(facts)
        office.trade(MAIN)
        if office.tape.account("main").trades:
            break
    with pytest.raises(AccountBusy, match="'main' has open trades or orders, but is not"):
        office.desk()
    with pytest.raises(AccountBusy, match="judged on 1h candles, but is configured for 5m"):
        office.desk(replace(MAIN, timeframe="5m"))
