"""Requests that the sandbox exchange answers wrongly, over HTTP."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import httpx
import pytest

from adapters.exchanges.sandbox.faults import (
    BadCandle,
    Clock,
    ContradictingDuplicates,
    Descending,
    Disconnect,
    Duplicates,
    Empty,
    Fault,
    Faults,
    Hang,
    NotJson,
    Seconds,
    Status,
    Truncated,
    WrongJson,
)
from domain.times import from_ms
from tests.adapters.exchanges.running import MINUTE, NOON, Asking, faulty


def met(fault: Fault, path: str = "klines", **params: Any) -> httpx.Response:
    """The answer to a first request, after which nothing is wrong."""
    asked = {"symbol": "BTCUSDT", "interval": "1m", **params} if path == "klines" else params
    with faulty(fault) as exchange:
        response = exchange.ask(path, **asked)
        assert exchange.ask(path, **asked).status_code == 200
        assert exchange.status()["faults"] == {fault.kind: 1}
        return response


def true_rows(**params: Any) -> Any:
    with faulty() as exchange:
        return exchange.klines(**params)


@pytest.mark.parametrize(("status", "code"), [(429, -1003), (418, -1003), (503, -1000), (451, 0)])
def test_a_status_comes_in_binance_s_form(status: int, code: int) -> None:
    response = met(Status(status=status, retry_after=7, times=1))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Retry-After"] == "7"


def test_a_status_may_come_as_a_page_of_html() -> None:
    response = met(Status(status=502, html=True, times=1), "time")
    assert response.status_code == 502
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Retry-After" not in response.headers


def test_a_connection_is_closed_without_an_answer() -> None:
    with faulty(Disconnect(path="klines")) as exchange:
        with pytest.raises(httpx.RemoteProtocolError):
            exchange.klines()
        assert exchange.ask("time").status_code == 200


def test_an_answer_hangs_and_then_comes() -> None:
    before = time.monotonic()
    assert met(Hang(seconds=0.3, times=1), limit=2).json() == true_rows(limit=2)
    assert time.monotonic() - before > 0.3


def test_an_answer_hangs_and_never_comes() -> None:
    fault = Hang(seconds=0.1, then="close", path="time")
    with faulty(fault) as exchange, pytest.raises(httpx.RemoteProtocolError):
        exchange.ask("time")


def test_who_hangs_up_first_is_let_go() -> None:
    before = time.monotonic()
    with faulty(Hang(seconds=600, path="time")) as exchange, pytest.raises(httpx.ReadTimeout):
        exchange.client.get("/api/v3/time", timeout=0.2)
    assert time.monotonic() - before < 5


def test_a_server_that_stops_lets_the_hanging_go() -> None:
    before = time.monotonic()
    with ThreadPoolExecutor() as pool:
        with faulty(Hang(seconds=600, path="time")) as exchange:
            url = f"{exchange.client.base_url}/api/v3/time"
            waiting = pool.submit(httpx.get, url, timeout=30)
            while exchange.status()["faults"] != {"hang": 1}:
                assert time.monotonic() < before + 10
        assert isinstance(waiting.exception(10), httpx.RemoteProtocolError)
    assert time.monotonic() - before < 10


def test_json_is_cut_in_its_midst() -> None:
    response = met(Truncated(times=1))
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.text.startswith("[[")
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_a_connection_is_cut_in_the_midst_of_an_answer() -> None:
    with faulty(Truncated(cut=True)) as exchange, pytest.raises(httpx.RemoteProtocolError):
        exchange.klines()


def test_html_comes_where_json_belongs() -> None:
    response = met(NotJson(times=1))
    assert (response.status_code, response.text[:9]) == (200, "<!DOCTYPE")


def test_an_object_comes_where_a_list_belongs_and_a_list_where_an_object_does() -> None:
    assert isinstance(met(WrongJson(times=1)).json(), dict)
    assert isinstance(met(WrongJson(times=1), "exchangeInfo").json(), list)


def test_an_empty_list_comes() -> None:
    assert met(Empty(times=1)).json() == []


def test_the_newest_row_comes_first() -> None:
    assert met(Descending(times=1), limit=5).json() == true_rows(limit=5)[::-1]


def test_rows_come_twice() -> None:
    rows = met(Duplicates(times=1), limit=6).json()
    first, second, third, fourth, *others = true_rows(limit=6)
    assert rows == [first, first, second, third, fourth, fourth, *others]


def test_rows_come_twice_and_contradict_each_other() -> None:
    rows = met(ContradictingDuplicates(times=1), limit=6).json()
    true = true_rows(limit=6)
    doubles = [(one, other) for one, other in pairwise(rows) if one[0] == other[0]]
    assert len(doubles) == 2
    assert all(one[4:6] != other[4:6] for one, other in doubles)
    assert [one in true for one, _ in doubles] == [False, True]
    assert all(one in true or other in true for one, other in doubles)


def test_times_come_in_seconds() -> None:
    true = true_rows(limit=3)
    assert [row[0] for row in met(Seconds(times=1), limit=3).json()] == [
        row[0] // 1000 for row in true
    ]


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (BadCandle(times=1), lambda row: float(row[2]) < float(row[1])),
        (BadCandle(how="negative", times=1), lambda row: float(row[3]) < 0),
    ],
)
def test_one_candle_cannot_be(fault: BadCandle, wrong: Callable[[Any], bool]) -> None:
    rows, true = met(fault, limit=5).json(), true_rows(limit=5)
    assert [row in true for row in rows] == [True, True, True, False, True]
    assert wrong(rows[3])


def statuses(exchange: Asking, path: str, **params: Any) -> list[int]:
    return [exchange.ask(path, **params).status_code for _ in range(3)]


def test_a_fault_keeps_to_its_path_pairs_and_timeframes() -> None:
    fault = Status(status=500, path="klines", pairs=("BTC/USDT",), timeframes=("1m",))
    with faulty(fault) as exchange:
        assert exchange.ask("time").status_code == 200
        assert exchange.ask("klines", symbol="ETHUSDT", interval="1m").status_code == 200
        assert exchange.ask("klines", symbol="BTCUSDT", interval="5m").status_code == 200
        assert exchange.ask("klines", symbol="BTCUSDT", interval="1m").status_code == 500


def test_a_fault_hits_each_pair_and_timeframe_so_often() -> None:
    with faulty(Status(status=500, path="klines", times=2)) as exchange:
        for symbol in ("BTCUSDT", "ETHUSDT"):
            asked = {"symbol": symbol, "interval": "1m"}
            assert statuses(exchange, "klines", **asked) == [500, 500, 200]


def test_a_fault_keeps_to_its_time() -> None:
    fault = Status(status=500, since=from_ms(NOON + MINUTE), until=from_ms(NOON + 2 * MINUTE))
    with faulty(fault) as exchange:
        seen = []
        for minute in range(3):
            exchange.advance(NOON + minute * MINUTE)
            seen.append(exchange.ask("time").status_code)
        assert seen == [200, 500, 200]


def test_chance_knows_the_request_and_its_number_and_not_the_order_of_requests() -> None:
    fault = Status(status=500, chance=0.5)
    symbols = ("BTCUSDT", "ETHUSDT", "SOLUSDT")

    def seen(order: list[str], seed: int = 7) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        with faulty(fault, seed=seed) as exchange:
            for symbol in order:
                response = exchange.ask("ticker/price", symbol=symbol)
                found.setdefault(symbol, []).append(response.status_code)
        return found

    by_turns, one_by_one = [*symbols] * 20, [each for each in symbols for _ in range(20)]
    assert seen(by_turns) == seen(one_by_one) != seen(by_turns, seed=8)
    assert 15 < sum(codes.count(500) for codes in seen(by_turns).values()) < 45


def test_a_seed_of_its_own_wins() -> None:
    def seen(faults: Faults) -> list[int]:
        with faulty(faults=faults) as exchange:
            return [exchange.ask("time").status_code for _ in range(30)]

    fault = Status(status=500, chance=0.5)
    assert seen(Faults(faults=(fault,), seed=7)) == seen(Faults(faults=(fault,)))
    assert seen(Faults(faults=(fault,), seed=9)) != seen(Faults(faults=(fault,)))


def test_a_clock_tells_another_time_and_candles_go_on_by_the_true_one() -> None:
    fault = Clock(offset=90, until=from_ms(NOON + MINUTE))
    with faulty(fault) as exchange:
        assert exchange.ask("time").json() == {"serverTime": NOON + 90_000}
        assert exchange.ask("exchangeInfo").json()["serverTime"] == NOON + 90_000
        assert exchange.klines(limit=1)[0][0] == NOON
        exchange.advance(NOON + MINUTE)
        assert exchange.ask("time").json() == {"serverTime": NOON + MINUTE}
        assert exchange.status()["faults"] == {"clock": 2}
