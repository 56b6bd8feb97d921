"""Kept backtests over REST."""

from pathlib import Path

import httpx
import psycopg

from adapters.backtesting.keeping import keep
from adapters.backtesting.results import result_of
from adapters.backtesting.running import run
from tests.adapters.backtesting.made import asked, folder_of, from_files, walks


def keep_some(url: str, folder: Path, count: int) -> None:
    ready = from_files(asked(data=folder_of(walks(200), folder)))
    done = run(*ready)
    done.seconds["total"] = 1.0
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(count):
            keep(connection, result_of(*ready, done), facts=False)


def test_backtests_are_listed_newest_first_and_walked_by_a_cursor(
    database: str, client: httpx.Client, tmp_path: Path
) -> None:
    keep_some(database, tmp_path, 3)
    first = client.get("/v1/backtests?limit=2").json()
    assert [each["id"] for each in first["items"]] == [3, 2]
    rest = client.get("/v1/backtests", params={"after": first["next"]}).json()
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([1], None)
    assert client.get("/v1/backtests?strategy=other").json() == {"items": [], "next": None}


def test_a_backtest_says_what_gives_it_again(
    database: str, client: httpx.Client, tmp_path: Path
) -> None:
    keep_some(database, tmp_path, 1)
    said = client.get("/v1/backtests/1").json()
    assert (said["strategy"], said["pairs"]) == ("sma_cross", ["ADA/USDT", "BTC/USDT", "ETH/USDT"])
    assert said["parameters"] == {"fast": "3", "slow": "8", "stop": "0.02", "target": "0.03"}
    assert said["since"].endswith("Z")
    assert len(said["candle_hash"]) == 64
    assert said["accounts"][0]["metrics"]["trades"] > 10


def test_a_backtest_that_is_not_kept_is_a_problem(client: httpx.Client) -> None:
    assert client.get("/v1/backtests/7").status_code == 404
    assert client.get("/v1/backtests/none").status_code == 422
