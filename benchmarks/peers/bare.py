"""The yardstick: what plain Python loops over lists of floats need for the works.

python -m benchmarks.peers.bare w1|w2|w3 PATH [--trades FILE]
"""

from collections.abc import Iterable
from pathlib import Path

import polars

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.bare_loops import Candles, crosses, trade, trade_many
from benchmarks.peers.works import FAST, GRID, SLOW, market_files

PAIR = "BTC/USDT"
PRICES = ("open", "high", "low", "close")


def main() -> None:
    """Do one work."""
    run("bare loop", {"w1": _one, "w2": _sweep, "w3": _many})


def _one(answer: Answer, path: Path) -> Iterable[Trade]:
    candles = read(path)
    with answer.inside():
        trades, equity = trade(PAIR, candles, crosses(candles, FAST, SLOW))
    answer.candles, answer.trades, answer.final_equity = len(candles.times), len(trades), equity
    return trades


def _sweep(answer: Answer, path: Path) -> Iterable[Trade]:
    candles = read(path)
    with answer.inside():
        runs = [trade(PAIR, candles, crosses(candles, fast, slow)) for fast, slow in GRID]
    answer.candles = len(candles.times)
    answer.trades = sum(len(trades) for trades, _ in runs)
    answer.final_equity = sum(equity for _, equity in runs) / len(runs)
    return (each for trades, _ in runs for each in trades)


def _many(answer: Answer, folder: Path) -> Iterable[Trade]:
    candles = {pair: read(path) for pair, path in market_files(folder).items()}
    with answer.inside():
        signals = {pair: crosses(each, FAST, SLOW) for pair, each in candles.items()}
        trades, equity = trade_many(candles, signals)
    answer.candles = sum(len(each.times) for each in candles.values())
    answer.trades, answer.final_equity = len(trades), equity
    return trades


def read(path: Path) -> Candles:
    """One market's candles out of a Parquet file."""
    columns = polars.read_parquet(path)
    lists = (columns[name].to_list() for name in ("open_time_ms", *PRICES))
    return Candles._make([*lists, _decimals(columns.select(PRICES))])


def _decimals(prices: polars.DataFrame) -> int:
    """How many decimals the prices have, at most eight."""
    fits = (at for at in range(8) if prices.equals(prices.select(polars.all().round(at))))
    return next(fits, 8)


if __name__ == "__main__":
    main()
