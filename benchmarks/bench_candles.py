"""Candles of a series out of Postgres: beside a bare COPY of the same rows, and out of a file.

All ways are taken in turn, so that a noisy machine is noisy for all; each has its best time.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import LiteralString

import numpy as np
import psycopg

from adapters.candle_files import read_candles
from adapters.candle_writing import write_candles
from adapters.postgres.candle_blocks import candle_blocks
from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.embedded import binaries
from benchmarks.databases import fresh_database
from domain.candles import Candles, Series
from jobs.candles import import_series

COUNT = int(os.environ.get("CANDLES", "1000000"))
ROUNDS = 7
START = 1_600_000_020_000  # a multiple of a minute
SERIES = Series("bench", "BTC/USDT", "1m")
ALL = (0, 2**62, 2**62)  # since, until and as of

BARE: LiteralString = """
    COPY (SELECT open_time, open, high, low, close, volume FROM market.candles
    WHERE series = 1 ORDER BY open_time) TO STDOUT (FORMAT binary)"""
UNORDERED: LiteralString = "COPY market.candles TO STDOUT (FORMAT binary)"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, fresh_database() as url:
        file = Path(folder) / "candles.parquet"
        write_candles(file, [walk()])
        import_series(url, SERIES, read_candles([file], SERIES.frame, 2**50), quiet_candles=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE market.candles")
            report(best_times(ways(url, connection, file)))


def walk() -> Candles:
    """A walk of prices with two decimals, volumes with eight."""
    chance = np.random.default_rng(1)
    closes = np.round(40_000 * np.exp(np.cumsum(chance.normal(0, 0.0005, COUNT))), 2)
    opens = np.concatenate(([40_000.0], closes[:-1]))
    highs = np.round(np.maximum(opens, closes) * 1.0003, 2)
    lows = np.round(np.minimum(opens, closes) * 0.9997, 2)
    times = START + np.arange(COUNT, dtype=np.int64) * SERIES.frame.ms
    return Candles(times, opens, highs, lows, closes, np.round(chance.uniform(0, 300, COUNT), 8))


def ways(url: str, connection: Connection, file: Path) -> dict[str, Callable[[], object]]:
    """What is timed, by name; the first is what the others are measured by."""
    table = CandleTable(connection, SERIES.exchange, SERIES.timeframe)
    return {
        "bare COPY": partial(drain, connection, BARE),
        "bare COPY of the table, unordered": partial(drain, connection, UNORDERED),
        "the same COPY by psql": partial(psql, url, BARE),
        "CandleTable.between": partial(table.between, SERIES.pair, *ALL),
        "CandleTable.versions": partial(table.versions, SERIES.pair, *ALL),
        "candle_blocks": lambda: sum(map(len, candle_blocks(connection, SERIES, *ALL))),
        "read_candles of a Parquet file": partial(read_candles, [file], SERIES.frame, 2**50),
    }


def drain(connection: Connection, query: LiteralString) -> None:
    """Read all and throw it away, row by row."""
    with connection.cursor().copy(query) as copy:
        for _ in copy:
            pass


def psql(url: str, query: LiteralString) -> None:
    """The same by Postgres' own client."""
    subprocess.run([binaries() / "psql", url, "-qc", query], stdout=subprocess.DEVNULL, check=True)


def best_times(of: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each."""
    best = dict.fromkeys(of, float("inf"))
    for _ in range(ROUNDS):
        for name, way in of.items():
            started = perf_counter()
            way()
            best[name] = min(best[name], perf_counter() - started)
    return best


def report(best: dict[str, float]) -> None:
    bare = next(iter(best.values()))
    print(f"{f'{COUNT:,} candles':<34} {'seconds':>8} {'candles/s':>12} {'of bare':>8}")
    for name, seconds in best.items():
        print(f"{name:<34} {seconds:>8.3f} {COUNT / seconds:>12,.0f} {bare / seconds:>8.2f}")


if __name__ == "__main__":
    main()
