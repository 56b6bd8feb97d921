# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""jesse: `research.backtest` in its fast mode, which takes arrays and needs no database.

Its market orders fill at the close at which they are placed, not at the next open; in the seeded
candles the two are one price.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jesse.indicators as ta
import pandas as pd
from jesse.research import backtest
from jesse.strategies import Strategy

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

EXCHANGE = "Binance Perpetual Futures"  # one that it knows; spot takes no target with an entry
COLUMNS = ["open_time_ms", "open", "close", "high", "low", "volume"]
CONFIG = {
    "starting_balance": CASH,
    "fee": FEE,
    "type": "futures",
    "futures_leverage": 1,
    "futures_leverage_mode": "cross",
    "exchange": EXCHANGE,
    "warm_up_candles": 0,
}


def main() -> None:
    """Do one work; W2 would take a hundred times W1."""
    run("jesse", {"w1": _one, "w3": _many})


class SmaCross(Strategy):
    def before(self) -> None:
        self.vars["before"] = self.vars.get("now", float("nan"))
        latest = self.candles[-SLOW:]
        above, below = ta.sma(latest, FAST), ta.sma(latest, SLOW)
        self.vars["now"] = above - below if self.index >= SLOW - 1 else float("nan")
        if self.shared_vars.get("candle") != self.index:  # the first market of this close
            self.shared_vars["candle"] = self.index
            self.shared_vars["taken"] = sum(each.is_open for each in self.all_positions.values())

    def should_long(self) -> bool:
        free = self.shared_vars["taken"] < PLACES
        return bool(free and self.vars["before"] <= 0 < self.vars["now"])

    def go_long(self) -> None:
        self.shared_vars["taken"] += 1
        self.buy = QUANTITY, self.price
        self.stop_loss = QUANTITY, self.price * (1 - STOP)
        self.take_profit = QUANTITY, self.price * (1 + TARGET)

    def update_position(self) -> None:
        if self.vars["now"] < 0 <= self.vars["before"]:
            self.liquidate()

    def should_cancel_entry(self) -> bool:
        return False


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    return _traded(answer, {"BTC-USDT": _read(path)})


def _many(answer: Answer, folder: Path) -> Iterator[Trade]:
    markets = market_files(folder).items()
    return _traded(answer, {pair.replace("/", "-"): _read(path) for pair, path in markets})


def _read(path: Path) -> Any:
    return pd.read_parquet(path)[COLUMNS].to_numpy(float)


def _traded(answer: Answer, markets: dict[str, Any]) -> Iterator[Trade]:
    routes = [
        {"exchange": EXCHANGE, "strategy": SmaCross, "symbol": pair, "timeframe": "1m"}
        for pair in markets
    ]
    candles = {
        f"{EXCHANGE}-{pair}": {"exchange": EXCHANGE, "symbol": pair, "candles": rows}
        for pair, rows in markets.items()
    }
    with answer.inside():
        result = backtest(CONFIG, routes, [], candles, fast_mode=True)
    answer.candles = sum(map(len, markets.values()))
    answer.trades = result["metrics"]["total"]
    answer.final_equity = float(result["metrics"]["finishing_balance"])
    return map(_trade, result["trades"])


def _trade(trade: dict[str, Any]) -> Trade:
    pair = trade["symbol"].replace("-", "/")
    entered, exited = int(trade["opened_at"]), int(trade["closed_at"])
    return Trade(pair, entered, trade["entry_price"], exited, trade["exit_price"], "")


if __name__ == "__main__":
    main()
