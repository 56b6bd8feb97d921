"""Backfilling from a sandbox exchange of its own process: candles a second, bytes a candle.

Also the two halves alone: what is only downloaded, and what is only recorded, in the same pages.
"""

import asyncio
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import polars
import psycopg

from adapters import bootstrap
from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.gap_memory import GapMemory
from application.backfilling import Page
from application.recording import Recording
from benchmarks.databases import fresh_database
from domain.candles import Candle, Series
from jobs.candle_backfill import backfilled
from jobs.candle_watch import Watch
from jobs.sandbox_process import sandbox_process

COUNT = 50_000
PAGE = 1_000
PAIRS = ("AAA/USDT", "BBB/USDT", "CCC/USDT", "DDD/USDT")
START = 1_704_067_200_000
MINUTE = 60_000
END = START + COUNT * MINUTE
SERIES = [Series("binance", pair, "1m") for pair in PAIRS]


SIZES = """
    SELECT c.oid::regclass::text, pg_relation_size(c.oid) FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'market' AND c.relkind IN ('r', 'i') ORDER BY 2 DESC"""

Pages = list[tuple[Series, Sequence[Candle]]]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for place, pair in enumerate(PAIRS):
            write_file(Path(folder) / pair.replace("/", "-"), place)
        with sandbox_process(("--data", folder, "--start", str(END + MINUTE))) as sandbox:
            asyncio.run(_download(sandbox.url))  # the sandbox reads its files
            started = perf_counter()
            pages = asyncio.run(_download(sandbox.url))
            _say("downloaded only", perf_counter() - started)
            _record(pages)
            _backfill(sandbox.url)


def _backfill(sandbox: str) -> None:
    with fresh_database() as url:
        before = _sizes(url)
        asyncio.run(_timed("backfilled", url, sandbox))
        after = _sizes(url)
        asyncio.run(_timed("read and compared again", url, sandbox, again=True))
        for name in sorted(after, key=lambda each: -after[each])[:6]:
            _say_bytes(name, after[name] - before[name])
        _say_bytes("all of it", sum(after.values()) - sum(before.values()))


async def _timed(what: str, url: str, sandbox: str, *, again: bool = False) -> None:
    exchange = _exchange(sandbox)
    try:
        await exchange.markets()  # and ccxt is imported
        started = perf_counter()
        done = await backfilled(url, exchange, SERIES, (START, END), Watch(), again=again)
        _say(what, perf_counter() - started)
    finally:
        await exchange.close()
    assert sum(each.recorded.candles for each in done) == COUNT * len(PAIRS)


async def _download(sandbox: str) -> Pages:
    exchange = _exchange(sandbox)

    async def read(series: Series) -> Pages:
        return [
            (series, await exchange.candles(series.pair, series.frame, since, PAGE))
            for since in range(START, END, PAGE * MINUTE)
        ]

    try:
        read_pages = await asyncio.gather(*map(read, SERIES))
        return [page for pages in read_pages for page in pages]
    finally:
        await exchange.close()


def _record(pages: Pages) -> None:
    with fresh_database() as url, psycopg.connect(url, autocommit=True) as connection:
        tape, gaps = bootstrap.market_tape(url), GapMemory(connection)
        recordings = {
            series: Recording(
                series, tape, _table(connection, series), gaps, START, quiet_candles=True
            )
            for series in SERIES
        }
        started = perf_counter()
        for series, page in pages:
            recordings[series].page(Page(page, (), 0), 0, len(page))
        _say("recorded only", perf_counter() - started)
        tape.close()


def _table(connection: Connection, series: Series) -> CandleTable:
    return CandleTable(connection, series.exchange, series.timeframe)


def _exchange(sandbox: str) -> CcxtExchange:
    return CcxtExchange("binance", "binance", url=sandbox, requests_per_second=math.inf)


def write_file(folder: Path, seed: int) -> None:
    """A walk of prices with two decimals, volumes with five, as they are on Binance."""
    folder.mkdir()
    chance = np.random.default_rng(seed)
    walk = np.round(40_000 + np.cumsum(chance.normal(0, 10, COUNT + 1)), 2)
    opens, closes = walk[:-1], walk[1:]
    away = np.abs(np.round(chance.normal(0, 5, (2, COUNT)), 2))
    columns = {
        "open_time_ms": START + np.arange(COUNT, dtype=np.int64) * MINUTE,
        "open": opens,
        "high": np.round(np.maximum(opens, closes) + away[0], 2),
        "low": np.round(np.minimum(opens, closes) - away[1], 2),
        "close": closes,
        "volume": np.round(chance.uniform(0, 300, COUNT), 5),
    }
    polars.DataFrame(columns).write_parquet(folder / "1m.parquet")


def _sizes(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as connection:
        return dict(connection.execute(SIZES).fetchall())


def _say(what: str, seconds: float) -> None:
    count = COUNT * len(PAIRS)
    print(f"{what:<44} {count / seconds:>9,.0f} candles a second   {seconds:6.2f} s")


def _say_bytes(what: str, size: int) -> None:
    print(f"{what:<44} {size / COUNT / len(PAIRS):>9,.0f} bytes a candle")


if __name__ == "__main__":
    main()
