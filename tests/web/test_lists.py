"""Lists, details and status."""

import httpx

from application.tapes import MarketTape
from tests.web.recorded import Recording, close_period, project, record_market


def test_an_order_is_listed_with_decimals_as_text_and_times_in_utc(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    paper.order(1)
    project(database)
    (order,) = client.get("/v1/orders").json()["items"]
    assert order["quantity"] == "0.0156"
    assert order["target"] == "66000"
    assert order["placed_at"] == "2025-03-01T01:00:00Z"
    assert order["status"] == "waiting"


def test_a_cursor_walks_all_rows_once_while_new_ones_come(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    for hour in range(7):
        paper.order(hour)
    project(database)
    seen, after = [], None
    for _ in range(10):
        page = client.get("/v1/orders", params=_given(limit=2, after=after)).json()
        seen += [order["number"] for order in page["items"]]
        paper.order(20)
        project(database)
        after = page["next"]
        if after is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_lists_are_filtered(database: str, client: httpx.Client, paper: Recording) -> None:
    paper.open()
    trade = paper.order(1)
    paper.fill(1, trade)
    paper.order(2)
    project(database)
    assert _numbers(client, "/v1/orders?status=filled") == [1]
    assert _numbers(client, "/v1/orders?status=waiting&account=paper&pair=BTC/USDT") == [2]
    assert _numbers(client, "/v1/orders?account=nobody") == []
    assert _numbers(client, "/v1/trades?status=open") == [1]
    assert _numbers(client, "/v1/trades?status=closed") == []


def test_a_declined_signal_has_its_reason_and_numbers(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    paper.decline(1)
    project(database)
    (signal,) = client.get("/v1/signals?outcome=declined").json()["items"]
    assert signal["reason"] == "insufficient_cash"
    assert signal["numbers"] == {"needed": "1001", "free_cash": "12.5"}


def test_locks_are_listed_with_what_a_guard_compared(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.open()
    paper.lock(1)
    paper.halt(2)
    project(database)
    halt, lock = client.get("/v1/locks").json()["items"]
    assert (halt["pair"], halt["by"], halt["why"]) == (None, "guard", "daily_loss")
    assert halt["numbers"] == {"loss": "0.06", "max_daily_loss": "0.05"}
    assert (halt["since"], halt["until"]) == ("2025-03-01T02:00:00Z", "2025-03-01T07:00:00Z")
    assert (lock["pair"], lock["side"], lock["status"]) == ("BTC/USDT", "long", "active")
    assert client.get("/v1/locks?status=active&pair=BTC/USDT").json()["items"] == [lock]
    assert client.get("/v1/locks?status=ended").json()["items"] == []
    first = client.get("/v1/locks?limit=1").json()
    then = client.get("/v1/locks", params={"limit": 1, "after": first["next"]}).json()
    assert (first["items"], then) == ([halt], {"items": [lock], "next": None})


def test_candles_are_walked_backwards(
    database: str, client: httpx.Client, market_tape: MarketTape
) -> None:
    record_market(market_tape, hours=5)
    asked = {"exchange": "sandbox", "pair": "BTC/USDT", "timeframe": "1h", "limit": "2"}
    seen, before = [], None
    for _ in range(4):
        page = client.get("/v1/candles", params={**asked, **_given(before=before)}).json()
        seen += [candle["open_time"] for candle in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [f"2025-03-01T0{hour}:00:00Z" for hour in (4, 3, 2, 1, 0)]
    assert page["items"][-1]["volume"] == "12.5"


def test_markets_are_in_the_order_of_their_names(
    database: str, client: httpx.Client, market_tape: MarketTape
) -> None:
    for pair in ("ETH/USDT", "BTC/USDT"):
        record_market(market_tape, 1, pair)
    project(database)
    first = client.get("/v1/markets?limit=1").json()
    then = client.get("/v1/markets", params={"limit": 1, "after": first["next"]}).json()
    assert [page["items"][0]["pair"] for page in (first, then)] == ["BTC/USDT", "ETH/USDT"]
    assert then["next"] is None


def test_an_account_says_what_it_has(database: str, client: httpx.Client, paper: Recording) -> None:
    paper.open()
    paper.fill(1, paper.order(1))
    project(database)
    account = client.get("/v1/accounts/paper").json()
    assert account["open_trades"] == 1
    assert client.get("/v1/accounts").json() == {"items": [account], "next": None}


def test_the_status_says_how_far_everything_is(
    database: str, client: httpx.Client, market_tape: MarketTape, paper: Recording
) -> None:
    record_market(market_tape, 3)
    close_period(market_tape, 3, missing=["ETH/USDT"])
    paper.open()
    project(database)
    paper.order(1)
    status = client.get("/v1/status").json()
    assert (status["version"], status["started_at"]) == ("0.1.0", "2025-03-01T12:00:00Z")
    assert (status["tapes"]["market"], status["tapes"]["trading"]) == (5, 4)
    lag = {follower["name"]: follower["lag"] for follower in status["followers"]}
    assert (lag["markets"], lag["orders"]) == (0, 2)
    (period,) = status["periods"]
    assert (period["closed_at"], period["seen_at"], period["missing"]) == (
        "2025-03-01T03:00:00Z", "2025-03-01T03:00:01Z", 1,
    )  # fmt: skip
    assert status["accounts"][0]["equity"] == "10000"


def test_an_empty_database_has_empty_lists(client: httpx.Client) -> None:
    for path in ("signals", "orders", "trades", "locks", "accounts", "markets"):
        assert client.get(f"/v1/{path}").json() == {"items": [], "next": None}
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}


def test_openapi_describes_every_answer(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    text = str(described)
    references = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= described["components"]["schemas"].keys()
    order = described["components"]["schemas"]["OrderRow"]["properties"]
    assert order["quantity"]["type"] == order["placed_at"]["type"] == "string"
    assert "HTTPValidationError" not in text


def _numbers(client: httpx.Client, address: str) -> list[int]:
    return [row["number"] for row in client.get(address).raise_for_status().json()["items"]]


def _given(**parameters: object) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value is not None}
