"""How scanning fares, as lists, in the status and on the page."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import psycopg
import pytest

from application.tapes import MarketTape
from domain.market_facts import ExchangeResumed, ExchangeStalled
from tests.web.recorded import HOUR, START, close_period, project, record_market, record_troubles

HOURS = 10
PAIRS = ("ADA/USDT", "BTC/USDT", "ETH/USDT", "XRP/USDT")


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def well(database: str, market_tape: MarketTape) -> None:
    """Four markets whose candles came."""
    for pair in PAIRS:
        record_market(market_tape, HOURS, pair)
    close_period(market_tape, HOURS)
    project(database)


@pytest.fixture
def troubled(database: str, market_tape: MarketTape, well: None) -> None:
    """Four markets, of which but one is in trouble."""
    record_market(market_tape, 1, "DOGE/USDT")
    record_troubles(market_tape, HOURS + 1)
    project(database)


def items(client: httpx.Client, address: str) -> list[Any]:
    found: list[Any] = client.get(address).raise_for_status().json()["items"]
    return found


@pytest.mark.usefixtures("troubled")
def test_every_market_s_health_is_listed_with_a_sentence(client: httpx.Client) -> None:
    states = {row["pair"]: row["state"] for row in items(client, "/v1/scans")}
    assert states == {
        "ADA/USDT": "delisted",
        "BTC/USDT": "well",
        "DOGE/USDT": "well",
        "ETH/USDT": "late",
        "XRP/USDT": "failing",
    }
    (failing,) = items(client, "/v1/scans?state=failing")
    assert failing["sentence"] == (
        "fails since 11:00, 3 scans in a row: candles XRP/USDT: 503 Service Unavailable;"
        " its last candle came at 10:00:01"
    )
    assert (failing["since"], failing["failures_in_a_row"]) == ("2025-03-01T11:00:00Z", 3)
    btc = items(client, "/v1/scans")[1]
    assert (btc["open_gaps"], btc["missing_candles"]) == (1, 3)
    assert "lacks 3 candles in an outage, 2025-02-28 20:00 to 00:00" in btc["sentence"]


@pytest.mark.usefixtures("troubled")
def test_scans_are_filtered_and_walked(client: httpx.Client) -> None:
    assert items(client, "/v1/scans?exchange=kraken") == []
    assert items(client, "/v1/scans?timeframe=1m") == []
    seen, after = [], ""
    for _ in range(4):
        page = client.get("/v1/scans", params={"limit": 2, "after": after}).json()
        seen += [row["pair"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["ADA/USDT", "BTC/USDT", "DOGE/USDT", "ETH/USDT", "XRP/USDT"]


@pytest.mark.usefixtures("troubled")
def test_open_gaps_are_listed_and_filled_ones_if_asked_for(client: httpx.Client) -> None:
    (gap,) = items(client, "/v1/gaps")
    assert (gap["candles"], gap["filled"], gap["filled_at"]) == (4, 1, None)
    assert gap["still_missing"] == [
        {"since": "2025-02-28T20:00:00Z", "until": "2025-02-28T21:00:00Z"},
        {"since": "2025-02-28T22:00:00Z", "until": "2025-03-01T00:00:00Z"},
    ]
    newest, oldest = items(client, "/v1/gaps?filled=true")
    assert (newest["filled_at"], newest["still_missing"]) == ("2025-03-01T11:00:00Z", [])
    assert oldest == gap
    assert items(client, "/v1/gaps?filled=true&pair=ETH/USDT") == []
    page = client.get("/v1/gaps?filled=true&limit=1").json()
    assert items(client, f"/v1/gaps?filled=true&after={page['next']}") == [gap]


def try_in_vain(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO ops.attempts (exchange, asked, kind, pair, timeframe, reason)"
        " SELECT 'sandbox', 'candles', kind, 'XRP/USDT', '1h', '503'"
        " FROM unnest(ARRAY['unavailable', 'no answer', 'unavailable']) AS kind"
    )


def test_attempts_are_listed_newest_first(
    client: httpx.Client, connection: psycopg.Connection[Any]
) -> None:
    try_in_vain(connection)
    page = client.get("/v1/attempts?limit=2").json()
    assert [row["kind"] for row in page["items"]] == ["unavailable", "no answer"]
    (oldest,) = items(client, f"/v1/attempts?after={page['next']}")
    assert (oldest["kind"], oldest["reason"]) == ("unavailable", "503")
    assert len(items(client, "/v1/attempts?kind=unavailable&exchange=sandbox")) == 2
    assert items(client, "/v1/attempts?pair=BTC/USDT") == []


@pytest.mark.usefixtures("troubled")
def test_the_status_counts_markets_and_names_those_in_trouble(client: httpx.Client) -> None:
    scans = client.get("/v1/status").json()["scans"]
    assert (scans["markets"], scans["well"], scans["more"], scans["open_gaps"]) == (5, 2, 0, 1)
    assert scans["states"] == {"well": 2, "late": 1, "failing": 1, "delisted": 1, "stalled": 0}
    assert [row["pair"] for row in scans["in_trouble"]] == ["XRP/USDT", "ETH/USDT", "ADA/USDT"]


@pytest.mark.usefixtures("well")
def test_the_status_says_how_each_exchange_answers(
    database: str,
    client: httpx.Client,
    market_tape: MarketTape,
    connection: psycopg.Connection[Any],
) -> None:
    (exchange,) = client.get("/v1/status").json()["exchanges"]
    assert (exchange["stalled"], exchange["clock"]) == (False, "2025-03-01T10:00:01Z")
    assert (exchange["wait_until"], exchange["attempts"]) == (None, {})
    market_tape.record([ExchangeStalled(START + 11 * HOUR, "sandbox", "its clock stands still")])
    project(database)
    try_in_vain(connection)
    connection.execute("INSERT INTO ops.budgets VALUES ('sandbox', now(), now() + '1 min', '429')")
    status = client.get("/v1/status").json()
    (exchange,) = status["exchanges"]
    assert (exchange["stalled"], exchange["reason"]) == (True, "its clock stands still")
    assert (exchange["wait_why"], exchange["attempts"]) == (
        "429", {"unavailable": 2, "no answer": 1},
    )  # fmt: skip
    assert (status["scans"]["states"]["stalled"], status["scans"]["well"]) == (4, 0)


def page_of(client: httpx.Client) -> str:
    return unescape(client.get("/").raise_for_status().text)


@pytest.mark.usefixtures("well")
def test_the_page_is_quiet_while_all_is_well(client: httpx.Client) -> None:
    page = page_of(client)
    assert "all well" in page
    assert "Markets in trouble" not in page
    assert 'class="alarm"' not in page


@pytest.mark.usefixtures("troubled")
def test_the_page_names_markets_in_trouble(client: httpx.Client) -> None:
    page = page_of(client)
    assert "3 in trouble" in page
    assert "Fails since 11:00, 3 scans in a row: candles XRP/USDT: 503" in page
    assert "Delisted on 2025-03-01: not offered for trading any more." in page


@pytest.mark.usefixtures("troubled")
def test_the_page_says_first_that_an_exchange_is_stalled(
    database: str, client: httpx.Client, market_tape: MarketTape
) -> None:
    stalled_at = START + 11 * HOUR + timedelta(minutes=2)
    market_tape.record([ExchangeStalled(stalled_at, "sandbox", "no answer to time")])
    project(database)
    page = page_of(client)
    assert "sandbox is stalled" in page
    assert "Stalled" in page
    assert ": no answer to time." in page
    assert "XRP/USDT: 503" not in page
    market_tape.record([ExchangeResumed(stalled_at + HOUR, "sandbox", stalled_at)])
    project(database)
    assert "is stalled" not in page_of(client)


def test_the_page_says_that_an_exchange_wants_to_be_left_alone(
    client: httpx.Client, connection: psycopg.Connection[Any]
) -> None:
    connection.execute(
        "INSERT INTO ops.budgets VALUES ('sandbox', now(), now() + '1 min', '<b>429</b>')"
    )
    page = client.get("/").text
    assert "sandbox wants no request" in page
    assert "&lt;b&gt;429" in page
