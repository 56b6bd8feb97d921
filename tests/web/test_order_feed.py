"""The order feed: in order, exactly, never in silence."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from application.tapes import MarketTape
from tests.web.conftest import serving
from tests.web.recorded import Recording, close_period, project, record_market

GUIDE = Path(__file__).parents[2] / "docs" / "order-feed.md"


def test_an_event_is_a_cloud_event(
    database: str, client: httpx.Client, market_tape: MarketTape, paper: Recording
) -> None:
    record_market(market_tape, 2)
    paper.open()
    paper.order(2)
    project(database)
    document = client.get("/v1/feed/orders").json()
    (event,) = document["items"]
    epoch = document["next"].split("-")[0]
    assert event["specversion"] == "1.0"
    assert event["type"] == "papertape.OrderPlaced"
    assert event["source"] == f"/papertape/{epoch}/accounts/paper"
    assert event["subject"] == "BTC/USDT"
    assert event["time"] == "2025-03-01T02:00:00Z"
    assert event["validuntil"] == "2025-03-01T03:00:00Z"
    assert event["cursor"] == document["next"] == f"{epoch}-{4:020}"
    assert event["late"] is False
    assert event["data"]["quantity"] == "0.0156"
    assert event["data"]["id"] == event["id"]


def test_an_order_is_late_when_the_exchange_clock_has_passed_its_end(
    database: str, client: httpx.Client, market_tape: MarketTape, paper: Recording
) -> None:
    record_market(market_tape, 4)
    paper.open()
    paper.order(2)
    paper.order(3)
    close_period(market_tape, 3)
    project(database)
    events = client.get("/v1/feed/orders").json()["items"]
    assert [event["late"] for event in events] == [True, False]


def test_walking_one_by_one_gives_what_one_page_gives(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    _live_a_while(paper)
    project(database)
    whole = client.get("/v1/feed/orders?limit=1000").json()
    assert [event["type"].split(".")[1] for event in whole["items"]] == [
        "OrderPlaced", "OrderFilled", "TradeOpened", "StopHit", "TradeClosed", "OrderPlaced",
    ]  # fmt: skip
    walked, after = [], None
    for _ in range(20):
        page = client.get("/v1/feed/orders", params=_after(after, limit=1)).json()
        after = page["next"]
        if not page["items"]:
            break
        walked += page["items"]
    assert walked == whole["items"]
    assert after == whole["next"]


def test_what_concerns_the_whole_account_has_no_subject(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    paper.pause(1)
    paper.lock(2)
    project(database)
    paused, locked = client.get("/v1/feed/orders").json()["items"]
    assert (paused["type"], "subject" in paused) == ("papertape.AccountPaused", False)
    assert (locked["type"], locked["subject"]) == ("papertape.MarketLocked", "BTC/USDT")
    assert (locked["late"], "validuntil" in locked) == (False, False)


def test_the_cursor_passes_events_that_are_not_of_the_feed(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    paper.decline(1)
    project(database)
    document = client.get("/v1/feed/orders").json()
    assert document["items"] == []
    assert document["next"].endswith(f"-{4:020}")


def test_the_cursor_never_passes_what_is_not_projected(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    project(database)
    paper.order(1)
    behind = client.get("/v1/feed/orders").json()
    assert behind["next"].endswith(f"-{2:020}")
    project(database)
    assert len(client.get("/v1/feed/orders", params=_after(behind["next"])).json()["items"]) == 1


def test_a_batch_is_given_to_those_who_ask_for_it(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    _live_a_while(paper)
    project(database)
    document = client.get("/v1/feed/orders").json()
    kind = "application/cloudevents-batch+json"
    batch = client.get("/v1/feed/orders", headers={"Accept": kind})
    assert batch.headers["content-type"] == kind
    assert batch.json() == document["items"]
    assert batch.headers["Papertape-Cursor"] == document["next"]


def test_a_cursor_of_another_epoch_is_refused(client: httpx.Client) -> None:
    answer = client.get("/v1/feed/orders", params={"after": f"older-{0:020}"})
    assert answer.status_code == 409
    epoch = client.get("/v1/status").json()["tapes"]["epoch"]
    assert answer.json()["epoch"] == epoch
    assert epoch in answer.json()["detail"]


@pytest.mark.parametrize("position", [1, 99, 10**20 - 1])
def test_a_cursor_beyond_the_head_is_refused(client: httpx.Client, position: int) -> None:
    epoch = client.get("/v1/status").json()["tapes"]["epoch"]
    answer = client.get("/v1/feed/orders", params={"after": f"{epoch}-{position:020}"})
    assert answer.status_code == 409
    assert answer.json()["head"] == f"{epoch}-{0:020}"


def test_those_who_wait_are_woken_by_the_commit(
    database: str, address: str, paper: Recording
) -> None:
    paper.open()
    project(database)
    with httpx.Client(base_url=address, timeout=30) as client, ThreadPoolExecutor(12) as crowd:
        after = client.get("/v1/feed/orders").json()["next"]
        asked = "/v1/feed/orders", {"after": after, "wait": "20"}
        waiting = [crowd.submit(client.get, asked[0], params=asked[1]) for _ in range(12)]
        paper.order(1)
        project(database)
        began = time.monotonic()
        answers = [answer.result().json() for answer in waiting]
    assert time.monotonic() - began < 5
    assert all(len(answer["items"]) == 1 for answer in answers)


def test_a_wait_for_nothing_ends_in_time_behind_what_it_passed(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    project(database)
    began = time.monotonic()
    document = client.get("/v1/feed/orders?wait=1").json()
    assert 0.9 < time.monotonic() - began < 5
    assert document["items"] == []
    assert document["next"].endswith(f"-{2:020}")


def test_those_who_wait_survive_the_loss_of_the_listening_connection(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    project(database)
    after = client.get("/v1/feed/orders").json()["next"]
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(_ask_as_told, client, {"after": after, "wait": "15"})
        _end_connections(database)
        paper.order(1)
        project(database)
        assert len(waiting.result().json()["items"]) == 1


def _ask_as_told(client: httpx.Client, asked: dict[str, str]) -> httpx.Response:
    """The answer; where the connection was lost in the midst of a look, asked once more."""
    answer = client.get("/v1/feed/orders", params=asked)
    if answer.status_code == 503:
        time.sleep(float(answer.headers["Retry-After"]))
        answer = client.get("/v1/feed/orders", params=asked)
    return answer


def test_a_stopping_server_answers_those_who_wait(database: str) -> None:
    stopping = threading.Event()
    with (
        serving(database, stopping.is_set) as address,
        httpx.Client(base_url=address, timeout=30) as client,
        ThreadPoolExecutor(1) as other,
    ):
        began = time.monotonic()
        waiting = other.submit(client.get, "/v1/feed/orders?wait=30")
        stopping.set()
        assert waiting.result().json()["items"] == []
        assert time.monotonic() - began < 10


def test_the_consumer_of_the_guide_acts_once_on_each_order_that_is_not_late(
    database: str, address: str, market_tape: MarketTape, paper: Recording, tmp_path: Path
) -> None:
    record_market(market_tape, 4)
    paper.open()
    paper.order(2)
    close_period(market_tape, 3)
    project(database)
    acted: list[str] = []
    passed: list[dict[str, Any]] = []
    guide = _guide()
    place, state = guide["consume"], tmp_path / "cursor"
    place(address, state, acted.append, passed.append, rounds=1, wait=0)
    assert (acted, len(passed)) == ([], 1)
    paper.order(3)
    project(database)
    place(address, state, lambda event: acted.append(event["id"]), passed.append, rounds=1, wait=0)
    place(address, state, lambda event: acted.append(event["id"]), passed.append, rounds=2, wait=0)
    assert len(acted) == len(set(acted)) == 1
    assert len(passed) == 1


def _guide() -> dict[str, Any]:
    """What the guide's code defines."""
    code = GUIDE.read_text().split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 40
    defined: dict[str, Any] = {"__name__": "guide"}
    exec(compile(code, str(GUIDE), "exec"), defined)
    return defined


def _live_a_while(paper: Recording) -> None:
    paper.open()
    trade = paper.order(1)
    paper.fill(1, trade)
    paper.decline(2)
    paper.stop(6, trade)
    paper.order(7)


def _end_connections(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name IN"
            " ('papertape web', 'papertape order feed')"
        )


def _after(cursor: str | None, **parameters: object) -> dict[str, str]:
    asked = {name: str(value) for name, value in parameters.items()}
    return asked if cursor is None else {**asked, "after": cursor}
