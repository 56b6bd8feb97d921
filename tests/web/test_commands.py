"""Commands over REST: into the queue, answered when carried out, taken from this machine only."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from application.tapes import MarketTape
from tests.application.test_trading import MAIN, Office, open_office, scans

PAUSE = {"command": "pause", "by": "mara", "why": "the news"}
PATH = "/v1/accounts/main/commands?wait=0"


@pytest.fixture
def office(database: str, market_tape: MarketTape) -> Iterator[Office]:
    """An account that has lived a while."""
    for facts in scans():
        market_tape.record(facts)
    with open_office(database) as made:
        made.trade(MAIN)
        yield made


def post(client: httpx.Client, told: Any, path: str = PATH, **headers: str) -> httpx.Response:
    return client.post(path, json=told, headers=headers)


def test_a_command_waits_for_the_bot_and_is_then_done(client: httpx.Client, office: Office) -> None:
    accepted = post(client, PAUSE)
    assert (accepted.status_code, accepted.json()["outcome"]) == (202, None)
    office.trade(MAIN)
    done = client.get(accepted.headers["location"]).json()
    assert (done["outcome"], done["answer"]) == ("done", "AccountPaused")
    assert office.tape.account("main").paused


def test_the_same_key_is_the_same_command(client: httpx.Client, office: Office) -> None:
    key, told = str(uuid4()), {"command": "adjust", "amount": "100", "by": "mara", "why": "more"}
    post(client, told, **{"Idempotency-Key": key})
    office.trade(MAIN)
    again = post(client, told, **{"Idempotency-Key": key})
    assert (again.status_code, again.json()["outcome"]) == (200, "done")
    office.trade(MAIN)
    assert office.topics().count("CashAdjusted") == 1
    other = post(client, PAUSE, **{"Idempotency-Key": key})
    assert (other.status_code, other.json()["type"]) == (422, "urn:papertape:key-used")


def test_what_was_refused_says_why(client: httpx.Client, office: Office) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    post(client, {**PAUSE, "command": "resume"}, **key)
    office.trade(MAIN)
    refused = post(client, {**PAUSE, "command": "resume"}, **key)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "account 'main' is neither paused nor halted"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://example.org"}, 403),
        ({"Host": "papertape.example.org"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_pages_of_other_sites_command_nothing(
    client: httpx.Client, office: Office, headers: dict[str, str], status: int
) -> None:
    before = office.facts()
    assert post(client, PAUSE, **headers).status_code == status
    assert office.trade(MAIN) == before


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"command": "dance", "by": "mara", "why": "x"}, "dance"),
        ({"command": "pause", "by": "mara"}, "why"),
        ({"command": "pause", "by": " ", "why": "x"}, "`by` must say something"),
    ],
)
def test_what_is_no_command_says_what_is_wrong(
    client: httpx.Client, told: dict[str, str], says: str
) -> None:
    answer = post(client, told)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_command_that_was_never_given_is_not_found(client: httpx.Client) -> None:
    assert client.get(f"/v1/commands/{uuid4()}").status_code == 404
