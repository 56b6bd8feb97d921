"""Importing candles from files: rows a second, read and checked, written, and imported again."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from adapters.candle_files import FileCandles, read_candles
from application.recording import Recorded
from benchmarks.databases import fresh_database
from domain.candles import Series
from domain.timeframes import timeframe
from jobs.candles import import_series

COUNT = 100_000
START = 1_704_067_200_000
MINUTE = 60_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, fresh_database() as url:
        files = {".csv": csv_file(Path(folder)), ".parquet": parquet_file(Path(folder))}
        for kind, file in files.items():
            series = Series("bench", f"{kind[1:].upper()}/USDT", "1m")
            given = _timed_read(kind, file)
            _timed_import(f"{kind} written", url, series, given)
            _timed_import(f"{kind} again", url, series, given)


def _timed_read(kind: str, file: Path) -> FileCandles:
    started = perf_counter()
    given = read_candles([file], timeframe("1m"), START + (COUNT + 1) * MINUTE)
    _say(f"{kind} read and checked", perf_counter() - started)
    return given


def _timed_import(what: str, url: str, series: Series, given: FileCandles) -> Recorded:
    started = perf_counter()
    imported = import_series(url, series, given, quiet_candles=True)
    _say(what, perf_counter() - started)
    return imported


def _say(what: str, seconds: float) -> None:
    print(f"{what:<28} {COUNT / seconds:>12,.0f} candles a second   {seconds:6.3f} s")


def csv_file(folder: Path) -> Path:
    """A walk of prices with two decimals, volumes with eight."""
    file = folder / "candles.csv"
    lines = [",".join(map(str, row)) for row in _rows()]
    file.write_text("\n".join(("open_time_ms,open,high,low,close,volume", *lines)) + "\n")
    return file


def parquet_file(folder: Path) -> Path:
    """The same candles as doubles."""
    import polars

    file = folder / "candles.parquet"
    columns = np.array(list(_rows())).T
    names = ("open", "high", "low", "close", "volume")
    times = columns[0].astype(np.int64)
    doubles = dict(zip(names, columns[1:], strict=True))
    polars.DataFrame({"open_time_ms": times, **doubles}).write_parquet(file)
    return file


def _rows() -> Sequence[tuple[int, float, float, float, float, float]]:
    chance = random.Random(1)
    rows, close = [], 40_000.0
    for place in range(COUNT):
        opened, close = close, round(close + chance.uniform(-20, 20), 2)
        high, low = round(max(opened, close) + 1.37, 2), round(min(opened, close) - 1.37, 2)
        volume = round(chance.uniform(0, 300), 8)
        rows.append((START + place * MINUTE, opened, high, low, close, volume))
    return rows


if __name__ == "__main__":
    main()
