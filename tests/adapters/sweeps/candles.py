"""A candle file, and what is asked over it."""

from pathlib import Path

import polars

from adapters.backtesting.files import filed
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import Request
from domain.candles import Candles
from tests.adapters.indicators.series import random_candles

PAIR = "BTC/USDT"


def written(folder: Path, count: int = 1_500, seed: int = 5) -> Path:
    """A file of random hourly candles."""
    return as_file(folder / "candles.parquet", random_candles(count, seed))


def as_file(file: Path, candles: Candles) -> Path:
    names = ("open_time_ms", "open", "high", "low", "close", "volume")
    columns = (getattr(candles, each) for each in Candles.__slots__)
    polars.DataFrame(dict(zip(names, columns, strict=True))).write_parquet(file)
    return file


def request_of(data: Path, **parameters: str) -> Request:
    return Request("sma_cross", "bench", (PAIR,), "1h", parameters, data=data)


def read(prepared: Prepared) -> Inputs:
    assert prepared.request.data is not None
    return filed(prepared, prepared.request.data)
