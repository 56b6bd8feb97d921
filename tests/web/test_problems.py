"""Every error is a problem document that says what was wrong and what is allowed."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from web.app import create_app
from web.context import WebContext


@pytest.mark.parametrize(
    ("asked", "parameter", "allowed"),
    [
        ("/v1/orders?limit=0", "limit", "1 to 500"),
        ("/v1/orders?limit=501", "limit", "1 to 500"),
        ("/v1/orders?limit=ten", "limit", "1 to 500"),
        ("/v1/orders?status=lost", "status", "waiting, filled, cancelled or expired"),
        ("/v1/trades?after=-1", "after", "a whole number"),
        ("/v1/trades?colour=red", "colour", "limit, after, account"),
        ("/v1/status?verbose=1", "verbose", "no parameters"),
        ("/v1/candles?exchange=a&pair=b", "timeframe", "such as 1h"),
        ("/v1/candles?exchange=a&pair=b&timeframe=1h&before=noon", "before", "RFC 3339"),
        ("/v1/scans?state=sick", "state", "well, late, failing, delisted or stalled"),
        ("/v1/gaps?filled=perhaps", "filled", "true"),
        ("/v1/attempts?after=-1", "after", "a whole number"),
        ("/v1/feed/orders?after=here", "after", "<epoch>-<20 digits>"),
        ("/v1/feed/orders?wait=31", "wait", "0 to 30"),
        ("/v1/feed/orders?limit=1001", "limit", "1 to 1000"),
        ("/v1/charts/a/B-C/1h.svg?style=pink", "style", "light or dark"),
        ("/v1/charts/a/B-C/1h.gif", "format", "svg or png"),
        ("/?market=x", "market", ""),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    client: httpx.Client, asked: str, parameter: str, allowed: str
) -> None:
    problem = _problem(client.get(asked), 422)
    (error,) = problem["errors"]
    assert error["parameter"] == parameter
    assert allowed in error["allowed"]
    assert parameter in problem["detail"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("/v1/accounts/%00", "name"),
        ("/v1/orders?account=%00", "account"),
        ("/v1/candles?exchange=a&pair=b%00c&timeframe=1h", "pair"),
        ("/v1/scans?exchange=%00", "exchange"),
        ("/v1/gaps?pair=%00", "pair"),
        ("/v1/attempts?kind=%00", "kind"),
        ("/v1/charts/a%00/B-C/1h.svg", "exchange"),
    ],
)
def test_a_nul_character_in_a_text_is_a_wrong_parameter(
    client: httpx.Client, asked: str, parameter: str
) -> None:
    (error,) = _problem(client.get(asked), 422)["errors"]
    assert error["parameter"] == parameter
    assert "NUL" in error["problem"]


@pytest.mark.parametrize(
    "asked",
    [
        "/v1/accounts/nobody",
        "/v1/candles?exchange=sandbox&pair=BTC/USDT&timeframe=1h",
        "/v1/charts/sandbox/BTC-USDT/1h.png",
        "/v1/nothing",
    ],
)
def test_an_unknown_name_is_not_found(client: httpx.Client, asked: str) -> None:
    problem = _problem(client.get(asked), 404)
    assert problem["instance"] == asked.partition("?")[0]


def test_another_method_is_refused(client: httpx.Client) -> None:
    _problem(client.post("/v1/orders"), 405)


async def _without_database() -> list[httpx.Response]:
    app = create_app(WebContext("host=127.0.0.1 port=1 connect_timeout=1", "0", datetime.now(UTC)))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        return [await client.get(path) for path in ("/v1/status", "/v1/feed/orders", "/healthz")]


def test_a_database_that_is_away_is_said_so() -> None:
    status, feed, health = asyncio.run(_without_database())
    for answer in (status, feed):
        _problem(answer, 503)
        assert answer.headers["Retry-After"] == "1"
    assert health.status_code == 200


def _problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    return problem
