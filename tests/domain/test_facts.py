"""Facts as they stand on a tape: canonical, and readable for ever."""

import gc
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import domain.account.facts
import domain.market_facts
from domain.account.facts import AccountFact
from domain.candles import Series
from domain.facts import TOPICS, UnknownTopic, decode, encode
from domain.market_facts import candle_closed, candle_revised, market_rules
from tests.scenario import BTC, DAY, D, at, candle, rules

IDS = ("id", "correlation_id", "causation_id")
SERIES = Series("binance", BTC, "1h")


class Stored(NamedTuple):
    """A payload as a release once wrote it. It is never changed: a new version is a new row."""

    topic: str
    v: int
    state: str


GOLDEN = [
    Stored(**row)
    for row in json.loads(Path(__file__).with_name("golden_payloads.json").read_text("utf-8"))
]
payloads = pytest.mark.parametrize("stored", GOLDEN, ids=[f"{s.topic} {s.v}" for s in GOLDEN])


newest = pytest.mark.parametrize(
    "stored",
    [each for each in GOLDEN if each.v == TOPICS[each.topic].version],
    ids=lambda stored: stored.topic,
)


@newest
def test_a_stored_payload_is_read_and_written_again_byte_for_byte(stored: Stored) -> None:
    plain = json.loads(stored.state)
    ids = {name: plain[name] for name in IDS if name in plain}
    fact = decode(stored.topic, stored.state.encode())
    assert fact.topic == stored.topic
    assert encode(fact, **ids) == stored.state.encode()


@payloads
def test_a_fact_of_an_account_costs_the_garbage_collector_nothing(stored: Stored) -> None:
    fact = decode(stored.topic, stored.state.encode())
    assert not (isinstance(fact, AccountFact) and gc.is_tracked(fact))


@payloads
def test_a_payload_of_any_version_keeps_all_that_it_said(stored: Stored) -> None:
    plain = json.loads(stored.state)
    again = json.loads(encode(decode(stored.topic, stored.state.encode())))
    said = {name: value for name, value in plain.items() if name not in (*IDS, "v")}
    assert {name: again[name] for name in said} == said
    assert again["v"] == TOPICS[stored.topic].version


@payloads
def test_a_stored_payload_has_sorted_keys_and_its_version(stored: Stored) -> None:
    plain = json.loads(stored.state)
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert stored.state == canonical
    assert plain["v"] == stored.v
    assert plain["at"].endswith("Z")


@payloads
def test_money_is_text_and_no_float_stands_in_a_payload(stored: Stored) -> None:
    json.loads(stored.state, parse_float=_refused)


def _refused(text: str) -> float:
    raise AssertionError(f"{text} is a float")


def test_every_topic_and_version_has_a_golden_payload() -> None:
    known = {
        (topic, version)
        for topic, kind in TOPICS.items()
        if kind.__module__.startswith("domain.")
        for version in range(1, kind.version + 1)
    }
    golden = [(stored.topic, stored.v) for stored in GOLDEN]
    assert known == set(golden)
    assert len(golden) == len(set(golden))


def test_families_of_facts_are_no_topics() -> None:
    assert not [topic for topic in TOPICS if topic.endswith("Fact")]


def test_a_topic_of_a_later_release_is_refused_by_name() -> None:
    with pytest.raises(UnknownTopic, match="PositionTeleported: The tape holds a topic"):
        decode("PositionTeleported", b"{}")


@settings(max_examples=50, deadline=None, database=None)
@given(some.decimals(min_value=0, max_value=10**6, places=6), some.integers(0, 9))
def test_equal_numbers_give_equal_bytes(number: Decimal, zeros: int) -> None:
    with_zeros = Decimal(f"{number:f}" + "0" * zeros)
    first, second = (
        encode(candle_closed(SERIES, candle("1 1 1 1")._replace(close=close)))
        for close in (number, with_zeros)
    )
    assert first == second


def test_numbers_in_nested_fields_are_canonical_too() -> None:
    declined = domain.account.facts.SignalDeclined(
        at(9), "main", 1, BTC, "enter", "stale", {"b": D("1.50"), "a": D("1E+2")}
    )
    assert json.loads(encode(declined))["numbers"] == {"a": "100", "b": "1.5"}
    assert encode(declined).index(b'"a":') < encode(declined).index(b'"b":')


def test_a_fact_may_be_written_with_its_ids_and_read_without_them() -> None:
    fact = candle_closed(SERIES, candle("1 2 1 2"))
    state = encode(fact, id="6f")
    assert json.loads(state)["id"] == "6f"
    assert decode("CandleClosed", state) == fact


def test_a_candle_fact_is_dated_at_its_close_and_gives_back_its_candle() -> None:
    formed = candle("1 2 1 2", DAY)
    fact = candle_closed(SERIES, formed)
    assert fact.at == datetime(2024, 1, 1, 1, tzinfo=UTC)
    assert fact.candle == formed
    assert fact.series == SERIES
    assert candle_revised(SERIES, formed).topic == "CandleRevised"


def test_a_listing_gives_back_the_market_s_rules() -> None:
    market = rules(BTC)
    fields = {name: getattr(market, name) for name in market.__struct_fields__}
    listed = domain.market_facts.MarketListed(at(0), **fields)
    assert market_rules(listed) == market
