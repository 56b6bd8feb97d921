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
    """A seeded random walk of hourly candles; some periods quiet, some holes of 200 periods."""
    chance = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(chance.normal(0, 0.01, count))), 2)
    before = np.concatenate(([100.0], close[:-1]))
    wick = np.round(chance.exponential(0.3, (2, count)), 2)
    steps = 1 + (chance.random(count) < quiet) * chance.integers(1, 24, count)
    steps[chance.choice(count, outages, replace=False)] = 201
    return Candles(
        np.cumsum(steps) * HOUR + 400_000 * HOUR,
        before,
        np.maximum(before, close) + wick[0],
        np.minimum(before, close) - wick[1],
        close,
        np.round(chance.exponential(50, count), 3),
    )


def stretches_of_calm(count: int, seed: int, start: float = 100.0) -> Candles:
    """A seeded walk in which nothing moves for 40 candles now and then."""
    chance = np.random.default_rng(seed)
    is_calm = np.repeat(chance.random(count // 40 + 1) < 0.4, 40)[:count]
    moves = np.where(is_calm, 0.0, np.round(chance.normal(0, 0.5, count), 2))
    close = np.maximum(np.round(start + np.cumsum(moves), 2), 1.0)
    before = np.concatenate(([start], close[:-1]))
    wick = np.where(is_calm, 0.0, np.round(chance.exponential(0.3, (2, count)), 2))
    return Candles(
        np.arange(count, dtype=np.int64) * HOUR,
        before,
        np.maximum(before, close) + wick[0],
        np.minimum(before, close) - wick[1],
        close,
        np.round(chance.exponential(50, count), 3),
    )


def at_prices(candles: Candles, factor: float) -> Candles:
    """The same candles at other prices: of a cheap coin, or of a dear one."""
    prices = (candles.open, candles.high, candles.low, candles.close)
    open_, high, low, close = (column * factor for column in prices)
    return Candles(candles.open_time, open_, high, low, close, candles.volume)
