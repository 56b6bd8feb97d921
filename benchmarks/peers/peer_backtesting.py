# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""backtesting.py: one market a run, so no W3.

Its stop and target are prices that an order carries, so they are set from the close before the
fill. A trade that is open at the end it closes there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.works import CASH, FAST, FEE, GRID, QUANTITY, SLOW, STOP, TARGET


def main() -> None:
    """Do one work."""
    run("backtesting.py", {"w1": _one, "w2": _sweep})


def average(closes: Any, length: int) -> Any:
    """Simple moving average."""
    return pd.Series(closes).rolling(length).mean()


def crosses(line: Any, other: Any) -> bool:
    """Whether `line` has come above `other`; the library's own misses those that were equal."""
    return bool(line[-1] > other[-1] and line[-2] <= other[-2])


class SmaCross(Strategy):
    fast = FAST
    slow = SLOW

    def init(self) -> None:
        self.above = self.I(average, self.data.Close, self.fast)
        self.below = self.I(average, self.data.Close, self.slow)

    def next(self) -> None:
        if crosses(self.above, self.below) and not self.position:
            close = self.data.Close[-1]
            self.buy(size=QUANTITY, sl=close * (1 - STOP), tp=close * (1 + TARGET))
        elif crosses(self.below, self.above) and self.position:
            self.position.close()


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    candles = _read(path)
    with answer.inside():
        result = _backtest(candles).run()
    answer.candles = len(candles)
    answer.trades, answer.final_equity = int(result["# Trades"]), float(result["Equity Final [$]"])
    return _trades(result)


def _sweep(answer: Answer, path: Path) -> Iterator[Trade]:
    candles = _read(path)
    with answer.inside():
        test = _backtest(candles)
        results = [test.run(fast=fast, slow=slow) for fast, slow in GRID]
    answer.candles = len(candles)
    answer.trades = sum(int(each["# Trades"]) for each in results)
    answer.final_equity = float(np.mean([each["Equity Final [$]"] for each in results]))
    return (trade for each in results for trade in _trades(each))


def _read(path: Path) -> Any:
    candles = pd.read_parquet(path)
    times = pd.to_datetime(candles.pop("open_time_ms"), unit="ms")
    return candles.set_index(times).rename(columns=str.capitalize)


def _backtest(candles: Any) -> Backtest:
    return Backtest(candles, SmaCross, cash=CASH, commission=FEE, finalize_trades=True)


def _trades(result: Any) -> Iterator[Trade]:
    for each in result["_trades"].sort_values("EntryTime").itertuples():
        entered, exited = int(each.EntryTime.value), int(each.ExitTime.value)
        prices = float(each.EntryPrice), float(each.ExitPrice)
        yield Trade("BTC/USDT", entered // 10**6, prices[0], exited // 10**6, prices[1], "")


if __name__ == "__main__":
    main()
