"""Verifying on real Postgres: what follows from the market tape passes, what does not is found."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from uuid import uuid4

import psycopg
import pytest
from msgspec import structs
from psycopg.sql import SQL, Identifier

from adapters.indicators.engine import compute
from adapters.postgres.verifying import TradingTapeRead, WitnessedTape, snapshot
from application.opinions import Resolve
from application.tapes import MarketTape, account_stream
from application.verify import UnknownAccount, Verdict, verify
from application.verifying.difference import (
    DIFFERS,
    EXTRA,
    LOST,
    MISPLACED,
    MISSING,
    NOT_OPENED,
    UNKNOWN,
)
from application.verifying.tapes import Tapes
from domain.account.commands import Pause, Resume
from domain.candles import Candles, Floats
from domain.strategies.ema_cross import EmaCross
from domain.strategies.strategy import Rules
from tests.application.eventful import WHO, live, resolve, tell
from tests.application.test_trading import MAIN, Office, change, open_office, scans
from tests.conftest import open_market_tape, url_of
from tests.projections.history import ask
from tests.scenario import D
from tests.strategies import planned

LIBRARIES = {"numpy": "2"}


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    with open_office(database) as made:
        yield made


@pytest.fixture(scope="module")
def past(server: str, template: str) -> Iterator[str]:
    """The name of a database in which much has happened, to be copied."""
    with database_like(server, template) as name:
        url = url_of(server, name)
        with open_market_tape(url) as tape, open_office(url) as made:
            live(made, tape, 7, 300)
        yield name


@pytest.fixture
def lived(server: str, past: str) -> Iterator[str]:
    """The URL of one like it."""
    with database_like(server, past) as name:
        yield url_of(server, name)


@contextmanager
def database_like(server: str, template: str) -> Iterator[str]:
    """The name of a copy of a database."""
    name = f"papertape_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        both = map(Identifier, (name, template))
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*both))
        yield name
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def checked(url: str, only: str | None = None, by: Resolve = resolve) -> Verdict:
    with snapshot(url) as connection:
        market = cache(partial(WitnessedTape, connection))
        return verify(Tapes(TradingTapeRead(connection), market, compute, by, LIBRARIES), only)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happened_follows_from_the_market_tape(
    office: Office, market_tape: MarketTape, seed: int
) -> None:
    live(office, market_tape, seed)
    verdict = checked(office.url)
    assert (verdict.ok, verdict.differences, verdict.unchecked) == (True, [], [])
    assert verdict.accounts == ["alone", "failing", "main", "side"]
    assert verdict.tally.facts == len(office.facts()) - 1  # all but EngineChanged
    assert verdict.tally.confirmed == 0
    assert verdict.position == market_tape.head()


def test_all_that_can_happen_has_happened(lived: str) -> None:
    topics = {*ask(lived, "SELECT DISTINCT topic FROM trading.tape_events")}
    assert topics >= {
        "AccountPaused", "AccountReset", "CashAdjusted", "EquityMarked", "ExitRequested",
        "CancellationRequested", "MarketLocked", "MarketUnlocked", "StopHit", "StopMoved",
        "StrategyFailed", "StrategyWithdrawn", "TargetHit", "TradeFrozen", "TradeThawed",
        "TradingHalted",
    }  # fmt: skip
    verdict = checked(lived)
    assert verdict.ok
    assert verdict.tally.commands > 10
    assert verdict.tally.asked_for == verdict.tally.commands


@pytest.mark.parametrize("events", [1, 37, 1_000])
def test_how_much_of_the_tape_is_in_memory_at_once_changes_nothing(
    lived: str, monkeypatch: pytest.MonkeyPatch, events: int
) -> None:
    whole = checked(lived)
    monkeypatch.setattr("application.replay.tape.EVENTS", events)
    assert checked(lived) == whole


ROWS = """
    SELECT notification_id, originator_id, originator_version, topic,
        convert_from(state, 'UTF8')::jsonb AS fact FROM trading.tape_events"""


def a_fact(url: str, topic: str, account: str = "main", skip: int = 5) -> tuple[int, int]:
    """Position and version of a fact in the midst of an account's life."""
    rows = ask(
        url,
        f"SELECT position, version FROM trading.events WHERE topic = '{topic}'"
        f" AND fact->>'account' = '{account}' ORDER BY position OFFSET {skip} LIMIT 1",
    )
    position, version = rows[0]
    return position, version


def set_field(url: str, position: int, name: str, value: str) -> None:
    """Change a field of a recorded fact; it stays canonical JSON."""
    fact = "convert_from(state, 'UTF8')"
    changed = f"""regexp_replace({fact}, '"{name}":"[^"]*"', '"{name}":"{value}"')"""
    change(
        url,
        f"UPDATE trading.tape_events SET state = convert_to({changed}, 'UTF8')"
        f" WHERE notification_id = {position}",
    )


@pytest.mark.parametrize(
    ("topic", "field", "value"),
    [
        ("OrderFilled", "price", "101.5"),
        ("SignalRaised", "close", "99"),
        ("TradeClosed", "profit", "1000000"),
        ("TradeClosed", "at", "2024-01-01T00:00:00Z"),
        ("OrderFilled", "price", "101.50"),
        ("SignalDeclined", "reason", "paused too"),
    ],
)
def test_a_changed_field_is_found(lived: str, topic: str, field: str, value: str) -> None:
    position, version = a_fact(lived, topic)
    set_field(lived, position, field, value)
    verdict = checked(lived)
    (found,) = verdict.differences
    assert (found.account, found.version, found.why) == ("main", version, DIFFERS)
    assert found.fields == [field]
    assert found.recorded is not None
    assert found.recorded.position == position
    assert not verdict.ok


@pytest.mark.parametrize("field", ["id", "correlation_id", "causation_id"])
def test_an_exchanged_id_is_found(lived: str, field: str) -> None:
    (one, version), (other, _) = (a_fact(lived, "OrderPlaced", skip=skip) for skip in (4, 6))
    (value,) = ask(lived, f"SELECT fact->>'{field}' FROM trading.events WHERE position = {other}")
    set_field(lived, one, field, value)
    (found,) = checked(lived).differences
    assert (found.account, found.version, found.fields) == ("main", version, [field])


def test_an_added_field_is_found(lived: str) -> None:
    position, version = a_fact(lived, "TradeOpened")
    change(
        lived,
        "UPDATE trading.tape_events SET state = convert_to(replace(convert_from(state, 'UTF8'),"
        f" '\"v\":', '\"extra\":1,\"v\":'), 'UTF8') WHERE notification_id = {position}",
    )
    (found,) = checked(lived).differences
    assert (found.version, found.fields) == (version, ["extra"])


@pytest.mark.parametrize("topic", ["SignalDeclined", "OrderFilled", "StopHit", "AccountPaused"])
def test_a_missing_fact_is_found(lived: str, topic: str) -> None:
    position, version = a_fact(lived, topic, skip=0)
    change(lived, f"DELETE FROM trading.tape_events WHERE notification_id = {position}")
    found = checked(lived).differences[0]
    assert (found.account, found.version) == ("main", version)
    if topic != "AccountPaused":
        assert (found.why, found.recorded) == (MISSING, None)
        assert found.derived is not None
        assert found.derived.topic == topic


def test_a_missing_end_is_found(lived: str) -> None:
    stream = account_stream("main")
    last = "SELECT max(version) FROM trading.events WHERE topic = 'SignalDeclined' AND stream ="
    (version,) = ask(lived, f"{last} '{stream}'")
    change(
        lived,
        f"DELETE FROM trading.tape_events WHERE originator_id = '{stream}'"
        f" AND originator_version >= {version}",
    )
    (found,) = checked(lived).differences
    assert (found.account, found.version, found.why) == ("main", version, MISSING)


def test_a_fact_too_many_is_found(lived: str) -> None:
    position, _ = a_fact(lived, "SignalDeclined")
    stream = account_stream("main")
    (version,) = ask(lived, f"SELECT max(version) FROM trading.events WHERE stream = '{stream}'")
    change(
        lived,
        "INSERT INTO trading.tape_events SELECT originator_id, "
        f"{version + 1}, topic, state, (SELECT max(notification_id) + 1 FROM trading.tape_events)"
        f" FROM trading.tape_events WHERE notification_id = {position}",
    )
    (found,) = checked(lived).differences
    assert (found.account, found.version, found.why) == ("main", version + 1, EXTRA)
    assert found.derived is None


def test_a_changed_candle_is_found_by_what_followed_from_it(lived: str) -> None:
    position, version = a_fact(lived, "SignalRaised", skip=40)
    pair, at = ask(
        lived, f"SELECT fact->>'pair', fact->>'at' FROM trading.events WHERE position = {position}"
    )[0]
    (frame,) = ask(
        lived, f"SELECT fact->>'timeframe' FROM trading.events WHERE position = {position}"
    )
    change(
        lived,
        "UPDATE market.candles SET close = close * 1.0001 WHERE series = (SELECT id FROM"
        f" market.series WHERE pair = '{pair}' AND timeframe = '{frame}') AND open_time ="
        f" extract(epoch FROM '{at}'::timestamptz) * 1000 - {int(frame[0]) * 3_600_000}",
    )
    found = next(each for each in checked(lived).differences if each.account == "main")
    assert found.version <= version
    assert found.pair == pair
    assert found.evidence.candle is not None
    assert found.evidence.told is not None
    assert found.evidence.candle["close"] != found.evidence.told["close"]
    assert found.evidence.indicators


def test_facts_of_two_accounts_that_changed_places_are_found(lived: str) -> None:
    rows = ask(lived, """
        SELECT a.position, b.position FROM trading.events AS a
        JOIN trading.events AS b ON b.position = a.position + 1
            AND b.fact->>'account' > a.fact->>'account' AND b.fact->>'at' = a.fact->>'at'
        WHERE a.topic = 'SignalDeclined' LIMIT 1""")  # fmt: skip
    one, other = rows[0]
    change(
        lived,
        "UPDATE trading.tape_events SET notification_id = CASE notification_id"
        f" WHEN {one} THEN -{other} ELSE -{one} END WHERE notification_id IN ({one}, {other})",
    )
    change(
        lived,
        "UPDATE trading.tape_events SET notification_id = -notification_id"
        " WHERE notification_id < 0",
    )
    (found,) = checked(lived).differences
    assert found.why == MISPLACED


def test_exchanges_are_checked_each_for_itself(office: Office, market_tape: MarketTape) -> None:
    other = replace(MAIN, name="other", exchange="kraken")
    for number, facts in enumerate(scans()):
        market_tape.record(facts)
        market_tape.record([structs.replace(fact, exchange="kraken") for fact in facts])
        if number in {20, 40}:
            office.trade(replace(MAIN, stake=D(number * 10)), other)
    office.trade(MAIN, other)
    verdict = checked(office.url)
    assert (verdict.ok, verdict.tally.facts) == (True, len(office.facts()) - 1)
    position, version = a_fact(office.url, "SignalRaised", account="other")
    set_field(office.url, position, "close", "1")
    (found,) = checked(office.url).differences
    assert (found.account, found.version) == ("other", version)


def test_one_account_alone_is_checked_alone(lived: str) -> None:
    position, _ = a_fact(lived, "OrderFilled")
    set_field(lived, position, "price", "1")
    assert checked(lived, "side").ok
    assert not checked(lived, "main").ok
    with pytest.raises(UnknownAccount, match="no account 'mian'"):
        checked(lived, "mian")


def test_a_command_of_which_nothing_is_left_is_found(lived: str) -> None:
    position, version = a_fact(lived, "AccountPaused", skip=0)
    change(lived, f"DELETE FROM trading.tape_events WHERE notification_id = {position}")
    first, *_, last = checked(lived).differences
    assert (first.account, first.version) == ("main", version)
    assert LOST in last.why


def test_a_command_that_nobody_asked_for_is_done_as_its_fact_says(lived: str) -> None:
    change(lived, "TRUNCATE ops.commands")
    verdict = checked(lived)
    assert (verdict.ok, verdict.tally.asked_for) == (True, 0)
    position, version = a_fact(lived, "CashAdjusted", skip=0)
    set_field(lived, position, "cash", "123456")
    (found,) = checked(lived).differences
    assert (found.version, found.fields) == (version, ["cash"])


def test_a_command_other_than_it_was_asked_for_is_found(lived: str) -> None:
    position, version = a_fact(lived, "CashAdjusted", skip=0)
    set_field(lived, position, "why", "another reason")
    (found,) = checked(lived).differences
    assert (found.account, found.version, found.fields) == ("main", version, ["why"])


@pytest.mark.parametrize("topic", ["AccountConfigured", "AccountPaused", "StrategyDeployed"])
def test_what_was_given_stands_where_it_says(lived: str, topic: str) -> None:
    position, version = a_fact(lived, topic, skip=0)
    change(
        lived,
        "UPDATE trading.tape_events SET state = convert_to(regexp_replace(convert_from(state,"
        """ 'UTF8'), '"market_position":([0-9]+)', '"market_position":1\1'), 'UTF8')"""
        f" WHERE notification_id = {position}",
    )
    found = checked(lived).differences[0]
    assert (found.account, found.version <= version) == ("main", True)


def test_an_account_without_its_opening_is_found(lived: str) -> None:
    change(
        lived,
        "DELETE FROM trading.tape_events WHERE topic = 'AccountOpened'"
        f" AND originator_id = '{account_stream('side')}'",
    )
    assert [each.why for each in checked(lived).differences] == [NOT_OPENED]


def test_facts_of_an_account_that_nobody_knows_are_found(lived: str) -> None:
    change(
        lived,
        "INSERT INTO trading.tape_events SELECT gen_random_uuid(), 1, topic, state,"
        " (SELECT max(notification_id) + 1 FROM trading.tape_events) FROM trading.tape_events"
        " WHERE topic = 'SignalDeclined' LIMIT 1",
    )
    assert [each.why for each in checked(lived).differences] == [UNKNOWN]


def test_a_change_of_engine_has_its_place(lived: str) -> None:
    set_field(lived, 1, "at", "2024-01-01T00:00:00Z")
    (found,) = checked(lived).differences
    assert (found.account, found.fields) == ("", ["at"])


def test_without_any_engine_its_fact_is_missing(lived: str) -> None:
    change(lived, "DELETE FROM trading.tape_events WHERE topic = 'EngineChanged'")
    verdict = checked(lived)
    assert [each.why for each in verdict.differences] == [MISSING]
    assert verdict.differences[0].derived is not None


class Moody(EmaCross, frozen=True):
    """Fails where the newest candle that it is shown has risen: no function of what it sees."""

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        if len(candles) > 1 and candles.close[-1] > candles.close[-2]:
            raise ZeroDivisionError("division by zero")
        return super().rules(candles, values)


def test_where_the_replay_is_mistaken_trading_itself_is_believed(
    office: Office, market_tape: MarketTape
) -> None:
    for facts in scans():
        market_tape.record(facts)
    source = "3" * 64
    office.strategies[source] = Moody
    moody = planned(Moody(fast=2, slow=4, atr=2), "1h", source)
    office.trade(replace(MAIN, strategies=(moody,)))
    verdict = checked(office.url, by=office.resolve)
    assert verdict.ok
    assert verdict.tally.confirmed > 0
    position, version = a_fact(office.url, "SignalRaised")
    set_field(office.url, position, "close", "1")
    (found,) = checked(office.url, by=office.resolve).differences
    assert (found.version, found.fields) == (version, ["close"])


@pytest.mark.parametrize("is_newer", [True, False])
def test_what_another_engine_decided_is_not_checked_and_not_counted(
    office: Office, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch, is_newer: bool
) -> None:
    past = [*scans()]
    for number, facts in enumerate(past):
        market_tape.record(facts)
        is_other = (number >= 40) == is_newer
        monkeypatch.setattr("application.trading.ENGINE", 5 if is_other else 4)
        if number == 39:
            office.trade(MAIN)
            monkeypatch.setattr("application.trading.ENGINE", 5 if is_newer else 4)
            tell(office, "main", Pause(*WHO))  # by the next engine, before its first period
            office.trade(MAIN)
        if number == 45:
            tell(office, "main", Resume(*WHO))
        office.trade(MAIN)
    monkeypatch.undo()
    verdict = checked(office.url)
    (other,) = verdict.unchecked
    assert verdict.ok
    assert other.engine.engine == 5
    assert verdict.tally.facts > 20
    assert other.facts > 20
    excused = 1 if is_newer else 0
    assert verdict.tally.facts + other.facts + excused + 2 == len(office.facts())


def test_where_nothing_could_be_derived_all_is_not_well(
    office: Office, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    for facts in scans():
        market_tape.record(facts)
    monkeypatch.setattr("application.trading.ENGINE", 5)
    office.trade(MAIN)
    monkeypatch.undo()
    verdict = checked(office.url)
    assert (verdict.ok, verdict.is_empty, verdict.differences) == (False, True, [])


def test_periods_that_are_not_traded_yet_are_no_difference(
    office: Office, market_tape: MarketTape
) -> None:
    past = [*scans()]
    for facts in past[:30]:
        market_tape.record(facts)
    assert checked(office.url).ok
    office.trade(MAIN)
    for facts in past[30:]:
        market_tape.record(facts)
    verdict = checked(office.url)
    assert (verdict.ok, verdict.behind) == (True, 32)
