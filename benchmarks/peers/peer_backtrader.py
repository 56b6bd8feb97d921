# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""Backtrader: Cerebro with bracket orders, in its faster way (preloaded, nothing observed).

Stop and target are prices that an order carries, so they are set from the close before the fill.
Its broker judges them from the candle after the entry on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import backtrader as bt
import pandas as pd

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.works import (
    CASH,
    FAST,
    FEE,
    PLACES,
    QUANTITY,
    SLOW,
    STOP,
    TARGET,
    market_files,
)


def main() -> None:
    """Do one work; W2 would take a hundred times W1."""
    run("backtrader", {"w1": _one, "w3": _many})


class SmaCross(bt.Strategy):
    params = (("places", 1),)

    def __init__(self) -> None:
        self.averages = [
            (bt.indicators.SMA(data.close, period=FAST), bt.indicators.SMA(data.close, period=SLOW))
            for data in self.datas
        ]
        self.brackets: dict[Any, list[Any]] = {}  # of entries that wait and of open trades
        self.closed: list[Any] = []

    def next(self) -> None:
        for data, (above, below) in zip(self.datas, self.averages, strict=True):
            if above[0] > below[0] and above[-1] <= below[-1]:
                if data not in self.brackets and len(self.brackets) < self.p.places:
                    self._enter(data)
            elif above[0] < below[0] and above[-1] >= below[-1] and self.getposition(data):
                self.cancel(self.brackets[data][1])  # and the target with it
                self.close(data)

    def _enter(self, data: Any) -> None:
        close = data.close[0]
        self.brackets[data] = self.buy_bracket(
            data,
            size=QUANTITY,
            exectype=bt.Order.Market,
            stopprice=close * (1 - STOP),
            limitprice=close * (1 + TARGET),
        )

    def notify_trade(self, trade: Any) -> None:
        if trade.isclosed:
            del self.brackets[trade.data]
            self.closed.append(trade)


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    return _traded(answer, {"BTC/USDT": pd.read_parquet(path)}, 1)


def _many(answer: Answer, folder: Path) -> Iterator[Trade]:
    markets = {pair: pd.read_parquet(path) for pair, path in market_files(folder).items()}
    return _traded(answer, markets, PLACES)


def _traded(answer: Answer, markets: dict[str, Any], places: int) -> Iterator[Trade]:
    with answer.inside():
        cerebro = bt.Cerebro(stdstats=False)
        for pair, candles in markets.items():
            times = pd.to_datetime(candles["open_time_ms"], unit="ms")
            cerebro.adddata(bt.feeds.PandasData(dataname=candles.set_index(times), name=pair))
        cerebro.broker.setcash(CASH)
        cerebro.broker.setcommission(FEE)
        cerebro.addstrategy(SmaCross, places=places)
        (strategy,) = cerebro.run()
    answer.candles = sum(map(len, markets.values()))
    answer.trades, answer.final_equity = len(strategy.closed), cerebro.broker.getvalue()
    return map(_trade, strategy.closed)


def _trade(trade: Any) -> Trade:
    times = (round(bt.num2date(at).timestamp()) * 1_000 for at in (trade.dtopen, trade.dtclose))
    entered, exited = times
    exit_price = trade.price + trade.pnl / QUANTITY
    return Trade(trade.data._name, entered, trade.price, exited, exit_price, "")


if __name__ == "__main__":
    main()
