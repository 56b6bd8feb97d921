"""The works that are measured, and the rules that all of them trade by.

W1: one market. W2: a hundred pairs of average lengths over one market. W3: fifty markets in one
account that holds at most five trades. This file needs the standard library only: every peer reads
it in an environment of its own.
"""

from itertools import product
from pathlib import Path

FAST, SLOW = 10, 30  # candles of the averages
STOP, TARGET = 0.02, 0.04  # of the fill price
FEE = 0.001  # of each side
QUANTITY = 1  # a trade
CASH = 10_000_000  # more than any of them can lose
MINUTE = 60_000  # ms, the timeframe of all works

SIZES = (10_000, 100_000, 1_000_000)  # candles of W1
SWEPT = 100_000  # candles of W2
FASTS, SLOWS = tuple(range(5, 24, 2)), tuple(range(30, 67, 4))  # candles of W2's averages
GRID = tuple(product(FASTS, SLOWS))
MARKETS, BATCH, PLACES = 50, 20_000, 5  # W3: markets, candles of each, trades open at once


def one_market(folder: Path, size: int) -> Path:
    """The candles of W1 and W2."""
    return folder / f"{size}.parquet"


def many_markets(folder: Path) -> Path:
    """The data folder of W3: `<BASE-QUOTE>/1m.parquet`."""
    return folder / "markets"


def market_files(markets: Path) -> dict[str, Path]:
    """The candles of all markets of a data folder, by pair, in the order of names."""
    return {
        path.parent.name.replace("-", "/"): path for path in sorted(markets.glob("*/1m.parquet"))
    }
