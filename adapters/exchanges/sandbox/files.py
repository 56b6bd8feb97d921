"""Candles from a data folder: one Parquet or CSV file for each series, read on first use."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adapters.exchanges.sandbox.sources import (
    NoCandles,
    SandboxMarket,
    shortest_first,
    whole_span,
)
from domain.candles import Candles, Floats
from domain.timeframes import Timeframe, UnknownTimeframe, timeframe

if TYPE_CHECKING:
    import polars

_COLUMNS = ("open_time_ms", "open", "high", "low", "close", "volume")
_MOST_DECIMALS = 12
_SAMPLE = 5_000


class CandleFiles:
    """The series under a folder `<BASE-QUOTE>/<timeframe>.parquet` (or `.csv`)."""

    def __init__(
        self,
        folder: Path,
        pairs: Sequence[str] | None = None,
        timeframes: Sequence[str] | None = None,
    ) -> None:
        self._files = {
            pair: files
            for pair, files in _series_files(folder).items()
            if pairs is None or pair in pairs
        }
        if timeframes is not None:
            self._files = {
                pair: kept
                for pair, files in self._files.items()
                if (kept := {name: path for name, path in files.items() if name in timeframes})
            }
        if not self._files:
            raise NoCandles(f"{folder}: {NoCandles.__doc__}")
        self.pairs = tuple(sorted(self._files))
        self.market = lru_cache(maxsize=None)(self._market)
        self._series = lru_cache(maxsize=2_000)(self._read)

    def timeframes(self, pair: str) -> list[str]:
        return shortest_first(set(self._files[pair]))

    def span(self, pair: str, frame: Timeframe) -> tuple[int, int]:
        file = self._files[pair].get(frame.name)
        return _span(file) if file else (0, -1)

    def candles(self, pair: str, frame: Timeframe, start: int, stop: int) -> Candles:
        if frame.name not in self._files[pair]:
            return Candles.none()
        series = self._series(pair, frame.name)
        first, end = np.searchsorted(series.open_time, (start, stop))
        return series[int(first) : int(end)]

    def _read(self, pair: str, name: str) -> Candles:
        return _candles(self._files[pair][name])

    def _market(self, pair: str) -> SandboxMarket:
        smallest = min(self._files[pair].values(), key=lambda file: file.stat().st_size)
        series = _candles(smallest)
        sample = series[:: max(1, len(series) // _SAMPLE)]
        prices = np.concatenate((sample.open, sample.high, sample.low, sample.close))
        return SandboxMarket(
            pair,
            Decimal(1).scaleb(-_decimals(prices, _MOST_DECIMALS)),
            Decimal(1).scaleb(-_decimals(sample.volume, 8)),
        )


def exchange_folder(data: Path, exchange: str | None) -> Path:
    """The folder of pairs: `data` itself, or the one in it of that exchange."""
    if not data.is_dir():
        raise NoCandles(f"{data} is not a folder")
    if exchange and (data / exchange).is_dir():
        return data / exchange
    if _series_files(data):
        return data
    inner = [folder for folder in sorted(data.iterdir()) if folder.is_dir()]
    exchanges = [folder for folder in inner if _series_files(folder)]
    if exchange is None and len(exchanges) == 1:
        return exchanges[0]
    names = ", ".join(folder.name for folder in exchanges) or "nothing"
    raise NoCandles(f"{data} holds candles of {names}: say which exchange (asked: {exchange})")


def default_start(
    data: Path,
    frame: Timeframe,
    candles: int,
    *,
    exchange: str | None = None,
    pairs: Sequence[str] | None = None,
) -> tuple[int, int]:
    """Where a clock starts and ends (ms) to live through the last `candles` periods of a folder.

    The end is the latest close of that timeframe over all pairs; candles before the start are
    history. Raises NoCandles.
    """
    files = CandleFiles(exchange_folder(data, exchange), pairs, (frame.name,))
    _, end = whole_span(files)
    return end - candles * frame.ms, end


def _series_files(folder: Path) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {}
    for file in sorted((*folder.glob("*-*/*.csv"), *folder.glob("*-*/*.parquet"))):
        base, _, quote = file.parent.name.rpartition("-")
        if _is_timeframe(file.stem):
            found.setdefault(f"{base}/{quote}", {})[file.stem] = file
    return found


def _is_timeframe(name: str) -> bool:
    try:
        timeframe(name)
    except UnknownTimeframe:
        return False
    return True


def _scan(file: Path) -> "polars.LazyFrame":
    import polars  # noqa: PLC0415  # a third of a second, which a simulated exchange never needs

    return polars.scan_csv(file) if file.suffix == ".csv" else polars.scan_parquet(file)


def _candles(file: Path) -> Candles:
    frame = _scan(file).select(_COLUMNS).unique("open_time_ms").sort("open_time_ms").collect()
    times = frame["open_time_ms"].to_numpy().astype(np.int64)
    return Candles(times, *(frame[name].to_numpy().astype(np.float64) for name in _COLUMNS[1:]))


def _span(file: Path) -> tuple[int, int]:
    import polars  # noqa: PLC0415  # see _scan

    times = polars.col("open_time_ms")
    ends = _scan(file).select(times.min().alias("first"), times.max().alias("last")).collect()
    first, last = ends.row(0)
    return (0, -1) if first is None else (int(first), int(last))


def _decimals(numbers: Floats, most: int) -> int:
    """How many decimals the numbers have; a double is the nearest to its decimal text."""
    for decimals in range(most):
        if np.array_equal(np.round(numbers, decimals), numbers):
            return decimals
    return most
