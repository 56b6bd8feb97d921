"""The sandbox exchange over HTTP: Binance's shapes and errors, candle files, and its clock."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars
import pytest

from adapters.exchanges.sandbox import NoCandles, SandboxSettings, build_app, default_start
from adapters.exchanges.sandbox.clock import SandboxClock
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON, Client

RECORDED = Path(__file__).parents[4] / "shared" / "exchange-responses" / "binance"
recorded_answers = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers here")
HOUR = 60 * MINUTE


def simulated(**settings: Any) -> Client:
    return Client(build_app(SandboxSettings(**{"start": NOON, **settings})))


def answer(client: Client, path: str, **params: Any) -> Any:
    return client.get(f"/api/v3/{path}", params=params).json()


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def shape(value: Any) -> Any:
    """The keys and kinds of an answer; a list is as its first element."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in sorted(value.items())}
        case [list() as row, *_]:
            return [list(map(shape, row))]
        case [first, *_]:
            return [shape(first)]
        case _:
            return type(value)


@recorded_answers
@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("ping", {}, "ping"),
        ("time", {}, "time"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1h"}, "klines.BTCUSDT-1h.page1"),
        ("klines", {"symbol": "BTCUSDT", "interval": "5m"}, "klines.BTCUSDT-5m.limit24"),
        ("ticker/24hr", {"symbol": "DOGEUSDT"}, "ticker24hr.DOGEUSDT"),
        ("ticker/24hr", {}, "ticker24hr.symbols-list"),
        ("ticker/price", {"symbol": "BTCUSDT"}, "ticker-price.BTCUSDT"),
        ("ticker/price", {}, "ticker-price.all"),
        ("ticker/bookTicker", {"symbol": "BTCUSDT"}, "bookTicker.BTCUSDT"),
    ],
)
def test_answers_have_binance_s_shape(path: str, params: dict[str, str], name: str) -> None:
    assert shape(answer(simulated(), path, **params)) == shape(recorded(name))


@recorded_answers
def test_markets_have_binance_s_fields_and_filters() -> None:
    ours, theirs = answer(simulated(), "exchangeInfo"), recorded("exchangeInfo.2024-trimmed")
    assert ours.keys() == theirs.keys()
    ours, theirs = ours["symbols"][0], theirs["symbols"][0]
    assert ours.keys() == theirs.keys()
    filters = {rule["filterType"]: shape(rule) for rule in theirs["filters"]}
    assert all(filters[rule["filterType"]] == shape(rule) for rule in ours["filters"])


@recorded_answers
def test_an_unknown_interval_is_refused_in_binance_s_words() -> None:
    response = simulated().get("/api/v3/klines", params={"symbol": "BTCUSDT", "interval": "7x"})
    assert response.status_code == 400
    assert response.json() == recorded("error.klines-invalid-interval-400")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "ZZZUSDT", "interval": "1m"}, -1121),
        ({"symbol": "BTCUSDT", "interval": "2x"}, -1120),
        ({"symbol": "BTCUSDT", "interval": "3m"}, -1120),
        ({"symbol": "BTCUSDT", "interval": "1m", "startTime": "soon"}, -1100),
        ({"symbol": "BTCUSDT", "interval": "1m", "limit": "0"}, -1130),
        ({"symbol": "BTCUSDT"}, -1102),
        ({"interval": "1m"}, -1102),
    ],
)
def test_wrong_requests_are_refused_with_binance_s_codes(params: dict[str, str], code: int) -> None:
    response = simulated().get("/api/v3/klines", params=params)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_without_a_start_the_last_rows_come_and_no_more_than_a_thousand() -> None:
    client = simulated()
    rows = answer(client, "klines", symbol="BTCUSDT", interval="1m")
    assert [row[0] for row in rows] == [NOON - n * MINUTE for n in reversed(range(500))]
    assert len(answer(client, "klines", symbol="BTCUSDT", interval="1m", limit=5_000)) == 1_000


def test_rows_can_be_asked_between_two_times() -> None:
    span = {"startTime": NOON - 10 * MINUTE, "endTime": NOON - 8 * MINUTE}
    rows = answer(simulated(), "klines", symbol="BTCUSDT", interval="1m", **span)
    assert [row[0] for row in rows] == [NOON - n * MINUTE for n in (10, 9, 8)]


def test_a_standing_clock_moves_only_when_told_and_never_back() -> None:
    client = simulated(end=NOON + HOUR)
    moments = (NOON + 5, NOON + 5, NOON, NOON + 2 * HOUR)
    times = [client.post(f"/sandbox/advance?to={to}").json()["now"] for to in moments]
    assert times == [NOON + 5, NOON + 5, NOON + 5, NOON + HOUR]
    assert answer(client, "time") == {"serverTime": NOON + HOUR}


def test_a_running_clock_keeps_its_speed_and_stops_at_its_end() -> None:
    seconds = iter([100.0, 100.0, 100.5, 200.0])
    clock = SandboxClock(NOON, speed=120, end=NOON + HOUR, monotonic=lambda: next(seconds))
    assert [clock.now() for _ in range(3)] == [NOON, NOON + MINUTE, NOON + HOUR]


def test_a_running_clock_cannot_be_advanced() -> None:
    client = simulated(speed=60.0)
    assert client.post(f"/sandbox/advance?to={NOON + HOUR}").status_code == 409


def test_the_status_tells_the_clock_the_series_and_the_requests() -> None:
    client = simulated(pairs=("BTC/USDT", "ETH/USDT"), timeframes=("5m", "1h"))
    answer(client, "ping")
    status = client.get("/sandbox/status").json()
    assert (status["now"], status["mode"], status["speed"]) == (NOON, "lockstep", None)
    assert (status["pairs"], status["timeframes"]) == (["BTC/USDT", "ETH/USDT"], ["5m", "1h"])
    assert status["requests"] == 2


def write_series(folder: Path, file: str, times: list[int], prices: list[float]) -> None:
    columns = dict.fromkeys(("open", "high", "low", "close"), prices)
    frame = polars.DataFrame({"open_time_ms": times, **columns, "volume": [1.25] * len(times)})
    path = folder / file
    path.parent.mkdir(parents=True)
    frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_candles_come_from_a_file_with_exact_texts(tmp_path: Path, kind: str) -> None:
    write_series(tmp_path, f"binance/PEPE-USDT/1h.{kind}", [NOON, NOON + HOUR], [1.23e-6, 1.2e-6])
    client = simulated(data=tmp_path, start=NOON + 2 * HOUR)
    rows = answer(client, "klines", symbol="PEPEUSDT", interval="1h")
    assert [row[:2] for row in rows] == [[NOON, "0.00000123"], [NOON + HOUR, "0.0000012"]]
    [market] = answer(client, "exchangeInfo")["symbols"]
    steps = {rule.get("tickSize") or rule.get("stepSize") for rule in market["filters"][:2]}
    assert steps == {"0.00000001", "0.01000000"}
    assert answer(client, "klines", symbol="PEPEUSDT", interval="1m")["code"] == -1120


def test_an_interval_of_another_market_has_no_rows(tmp_path: Path) -> None:
    write_series(tmp_path, "BTC-USDT/1h.parquet", [NOON], [1.0])
    write_series(tmp_path, "ETH-USDT/1m.parquet", [NOON], [1.0])
    client = simulated(data=tmp_path, start=NOON + HOUR)
    assert answer(client, "klines", symbol="BTCUSDT", interval="1m") == []


def test_a_gap_in_a_file_stays_a_gap(tmp_path: Path) -> None:
    times = [NOON, NOON + 1_000 * HOUR, NOON + 1_001 * HOUR]
    write_series(tmp_path, "BTC-USDT/1h.parquet", times, [1.0, 2.0, 3.0])
    client = simulated(data=tmp_path, start=NOON + 2_000 * HOUR)
    ask = {"symbol": "BTCUSDT", "interval": "1h"}
    assert [row[0] for row in answer(client, "klines", **ask, startTime=0)] == times
    assert [row[0] for row in answer(client, "klines", **ask, limit=2)] == times[1:]


def test_a_folder_of_several_exchanges_serves_the_one_that_is_named(tmp_path: Path) -> None:
    write_series(tmp_path, "binance/BTC-USDT/1h.parquet", [NOON], [1.0])
    write_series(tmp_path, "kraken/ETH-USD/1h.parquet", [NOON], [1.0])
    client = simulated(data=tmp_path, exchange="kraken")
    assert client.get("/sandbox/status").json()["pairs"] == ["ETH/USD"]
    with pytest.raises(NoCandles, match="binance, kraken"):
        simulated(data=tmp_path)


def test_a_clock_starts_so_many_candles_before_the_latest_close(tmp_path: Path) -> None:
    write_series(tmp_path, "BTC-USDT/1h.parquet", [NOON - HOUR, NOON], [1.0, 2.0])
    write_series(tmp_path, "ETH-USDT/1h.csv", [NOON - 2 * HOUR], [1.0])
    end = NOON + HOUR
    assert default_start(tmp_path, timeframe("1h"), 24) == (end - 24 * HOUR, end)
    assert default_start(tmp_path, timeframe("1h"), 1, pairs=["ETH/USDT"])[1] == NOON - HOUR


def test_a_folder_without_candles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCandles):
        simulated(data=tmp_path)


def test_the_sandbox_starts_without_the_slow_libraries() -> None:
    slow = "{'ccxt', 'polars', 'matplotlib', 'fastapi', 'pandas'}"
    code = f"import sys, adapters.exchanges.sandbox; sys.exit(bool({slow} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
