"""Folders of candle files, `<BASE-QUOTE>/<timeframe>.parquet` or `.csv`, and the steps in them."""

from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from domain.candles import Candles, Floats
from domain.timeframes import UnknownTimeframe, timeframe

if TYPE_CHECKING:
    import polars

COLUMNS = ("open_time_ms", "open", "high", "low", "close", "volume")
LEAST_NOTIONAL = Decimal(5)
"""The least turnover of an order in a market that is known from files alone."""

_MOST_DECIMALS = 12
_SAMPLE = 5_000


class NoCandles(ValueError):
    """The folder holds no candles of such markets and timeframes."""


class Steps(NamedTuple):
    """The price step and the quantity step of a market."""

    tick: Decimal
    lot: Decimal


def exchange_folder(data: Path, exchange: str | None) -> Path:
    """The folder of pairs: `data` itself, or the one in it of that exchange."""
    if not data.is_dir():
        raise NoCandles(f"{data} is not a folder")
    if exchange and (data / exchange).is_dir():
        return data / exchange
    if series_files(data):
        return data
    inner = [folder for folder in sorted(data.iterdir()) if folder.is_dir()]
    exchanges = [folder for folder in inner if series_files(folder)]
    if exchange is None and len(exchanges) == 1:
        return exchanges[0]
    names = ", ".join(folder.name for folder in exchanges) or "nothing"
    raise NoCandles(f"{data} holds candles of {names}: say which exchange (asked: {exchange})")


def series_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files of a folder of pairs, by pair and timeframe."""
    found: dict[str, dict[str, Path]] = {}
    for file in sorted((*folder.glob("*-*/*.csv"), *folder.glob("*-*/*.parquet"))):
        base, _, quote = file.parent.name.rpartition("-")
        if _is_timeframe(file.stem):
            found.setdefault(f"{base}/{quote}", {})[file.stem] = file
    return found


def scan(file: Path) -> "polars.LazyFrame":
    """A file's rows, none of them read yet."""
    import polars  # noqa: PLC0415  # a third of a second, which a simulated exchange never needs

    return polars.scan_csv(file) if file.suffix == ".csv" else polars.scan_parquet(file)


def candles_in(file: Path) -> Candles:
    """A file's candles in time order, each once, unchecked."""
    frame = scan(file).select(COLUMNS).unique("open_time_ms").sort("open_time_ms").collect()
    times = frame["open_time_ms"].to_numpy().astype(np.int64)
    return Candles(times, *(frame[name].to_numpy().astype(np.float64) for name in COLUMNS[1:]))


def steps_in(files: Collection[Path]) -> Steps:
    """The steps of a market, out of the smallest of its files."""
    return steps_of(candles_in(min(files, key=lambda file: file.stat().st_size)))


def steps_of(candles: Candles) -> Steps:
    """The steps of a market: its prices and volumes have no finer ones."""
    sample = candles[:: max(1, len(candles) // _SAMPLE)]
    prices = np.concatenate((sample.open, sample.high, sample.low, sample.close))
    return Steps(
        Decimal(1).scaleb(-_decimals(prices, _MOST_DECIMALS)),
        Decimal(1).scaleb(-_decimals(sample.volume, 8)),
    )


def _is_timeframe(name: str) -> bool:
    try:
        timeframe(name)
    except UnknownTimeframe:
        return False
    return True


def _decimals(numbers: Floats, most: int) -> int:
    """How many decimals the numbers have; a double is the nearest to its decimal text."""
    for decimals in range(most):
        if np.array_equal(np.round(numbers, decimals), numbers):
            return decimals
    return most
