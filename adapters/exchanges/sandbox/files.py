"""Candles from a data folder: one Parquet or CSV file for each series, read on first use."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from adapters.candle_folders import (
    LEAST_NOTIONAL,
    NoCandles,
    candles_in,
    exchange_folder,
    scan,
    series_files,
    steps_in,
)
from adapters.exchanges.sandbox.sources import SandboxMarket, shortest_first, whole_span
from domain.candles import Candles
from domain.timeframes import Timeframe


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
            for pair, files in series_files(folder).items()
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
        return candles_in(self._files[pair][name])

    def _market(self, pair: str) -> SandboxMarket:
        return SandboxMarket(pair, *steps_in(self._files[pair].values()), LEAST_NOTIONAL)


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


def _span(file: Path) -> tuple[int, int]:
    import polars  # noqa: PLC0415  # as in `scan`

    times = polars.col("open_time_ms")
    ends = scan(file).select(times.min().alias("first"), times.max().alias("last")).collect()
    first, last = ends.row(0)
    return (0, -1) if first is None else (int(first), int(last))
