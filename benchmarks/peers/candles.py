"""The candles of the works: seeded geometric Brownian motion, a candle a minute.

Each open is the close before it. Prices are multiples of 0.25, which doubles hold exactly, and so
are all sums of them: no peer's crossing depends on the order in which it adds.

    python -m benchmarks.peers.candles FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import polars

from benchmarks.peers.works import BATCH, MARKETS, MINUTE, SIZES, many_markets, one_market

SEED = 2  # of one market; MANY and so on of many
MANY = 1_001
BEGINNING = 1_577_836_800_000  # 2020-01-01, ms
PRICE = 30_000.0
GRID = 0.25
VOLATILITY = 0.0025  # a minute: that of a lively market, so that stops and targets are hit


def main() -> None:
    """Write the candles of all works into a folder."""
    write_all(Path(sys.argv[1]))


def write_all(folder: Path) -> None:
    """Write what is not there yet. The shorter series of one market begin the longest."""
    longest: polars.DataFrame | None = None
    for size in SIZES:
        if not one_market(folder, size).exists():
            longest = walk(max(SIZES), SEED) if longest is None else longest
            _write(longest.head(size), one_market(folder, size))
    for number in range(MARKETS):
        name = Path(f"M{number:02}-USDT", "1m.parquet")
        if not (many_markets(folder) / name).exists():
            candles = walk(BATCH, MANY + number)
            _write(candles, many_markets(folder) / name)
            _write(candles.head(BATCH // 10), many_markets(folder / "warming") / name)


def walk(count: int, seed: int) -> polars.DataFrame:
    """`count` candles; equal seeds give equal ones."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(-(VOLATILITY**2) / 2, VOLATILITY, count)
    closes = _rounded(PRICE * np.exp(np.cumsum(steps)))
    opens = np.concatenate([[PRICE], closes[:-1]])
    above, below = np.abs(chance.normal(0, VOLATILITY / 2, (2, count))) * opens
    columns = {
        "open_time_ms": BEGINNING + MINUTE * np.arange(count, dtype=np.int64),
        "open": opens,
        "high": _rounded(np.maximum(opens, closes) + above),
        "low": _rounded(np.minimum(opens, closes) - below),
        "close": closes,
        "volume": np.round(chance.lognormal(0, 1, count), 3) + 0.001,
    }
    return polars.DataFrame(columns)


def _rounded(prices: np.ndarray) -> np.ndarray:
    return np.maximum(np.round(prices / GRID), 1) * GRID


def _write(candles: polars.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    candles.write_parquet(path)


if __name__ == "__main__":
    main()
