"""Candles to compute on: recorded ones where they are at hand, and seeded random ones."""

from pathlib import Path

import numpy as np
import polars

from domain.candles import Candles

_RECORDED = Path(__file__).parents[4] / "shared" / "market-data" / "binance"
HOURLY = sorted(_RECORDED.glob("*/1h*.parquet"))
HOUR = 3_600_000


def recorded(path: Path, count: int | None = None) -> Candles:
    """The first `count` candles of a file, or all."""
    frame = polars.read_parquet(path)[:count]
    return Candles(
        frame["open_time_ms"].to_numpy(),
        *(frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")),
    )


def random_candles(count: int, seed: int, *, quiet: float = 0.0, outages: int = 0) -> Candles:
    """A seeded random walk of hourly candles; some periods quiet, some holes of 30 periods."""
    chance = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(chance.normal(0, 0.01, count))), 2)
    before = np.concatenate(([100.0], close[:-1]))
    wick = np.round(chance.exponential(0.3, (2, count)), 2)
    steps = 1 + (chance.random(count) < quiet) * chance.integers(1, 24, count)
    steps[chance.choice(count, outages, replace=False)] = 31
    return Candles(
        np.cumsum(steps) * HOUR + 400_000 * HOUR,
        before,
        np.maximum(before, close) + wick[0],
        np.minimum(before, close) - wick[1],
        close,
        np.round(chance.exponential(50, count), 3),
    )
