# mypy: disable-error-code="import-not-found, import-untyped"
"""freqtrade: what `freqtrade backtesting` runs, on candles in its own feather files.

It would ask the exchange for its list of markets; here it is told that list instead.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.exchange import Exchange
from freqtrade.optimize.backtesting import Backtesting

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.environments import home
from benchmarks.peers.works import CASH, FEE, PLACES, market_files

STRATEGIES = Path(__file__).parent / "freqtrade_strategies"


def main() -> None:
    """Do one work; W2 would take a hundred times W1."""
    run("freqtrade", {"w1": _one, "w3": _many}, prepare=_prepare)


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    return _traded(answer, path, 1)


def _many(answer: Answer, folder: Path) -> Iterator[Trade]:
    return _traded(answer, folder, PLACES)


def _prepare(path: Path) -> None:
    """Make freqtrade's own files of these candles, once."""
    for pair, each in _files(path).items():
        feather = _own(path) / f"{pair.replace('/', '_')}-1m.feather"
        if not feather.exists():
            feather.parent.mkdir(parents=True, exist_ok=True)
            candles = pd.read_parquet(each)
            candles.insert(0, "date", pd.to_datetime(candles["open_time_ms"], unit="ms", utc=True))
            candles.drop(columns="open_time_ms").to_feather(feather)


def _files(path: Path) -> dict[str, Path]:
    return market_files(path) if path.is_dir() else {"BTC/USDT": path}


def _own(path: Path) -> Path:
    """The folder of freqtrade's own files."""
    return home() / "feather" / str(path.resolve()).strip("/").replace("/", "-")


def _traded(answer: Answer, path: Path, places: int) -> Iterator[Trade]:
    _prepare(path)
    files = _files(path)
    Exchange._load_async_markets = _knowing(list(files))
    with TemporaryDirectory() as folder:
        config = setup_optimize_configuration(
            _arguments(Path(folder), list(files), _own(path), places), RunMode.BACKTEST
        )
        backtesting = Backtesting(config)
        with answer.inside():
            backtesting.start()
    result = backtesting.results["strategy"]["SmaCross"]
    answer.candles = sum(pq.read_metadata(each).num_rows for each in files.values())
    answer.trades, answer.final_equity = result["total_trades"], result["final_balance"]
    return map(_trade, result["trades"])


def _knowing(pairs: list[str]) -> Any:
    """Instead of a download of the exchange's markets."""

    def load(exchange: Any, reload: bool = False) -> None:  # noqa: ARG001
        exchange._api_async.set_markets([_market(pair) for pair in pairs])

    return load


def _market(pair: str) -> dict[str, Any]:
    base, quote = pair.split("/")
    return {
        "id": base + quote,
        "symbol": pair,
        "base": base,
        "quote": quote,
        "active": True,
        "type": "spot",
        "spot": True,
        "precision": {"price": 0.01, "amount": 0.00001},
        "limits": {"amount": {"min": 0.00001}, "price": {}, "cost": {"min": 5}},
        "info": {},
    }


def _arguments(folder: Path, pairs: list[str], own: Path, places: int) -> dict[str, Any]:
    config = {
        "dry_run": True,
        "dry_run_wallet": CASH,
        "tradable_balance_ratio": 1.0,
        "stake_currency": "USDT",
        "stake_amount": "unlimited",
        "max_open_trades": places,
        "fee": FEE,
        "exchange": {"name": "binance", "pair_whitelist": pairs},
        "pairlists": [{"method": "StaticPairList"}],
        "entry_pricing": {"price_side": "other"},
        "exit_pricing": {"price_side": "other"},
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return {
        "config": [str(path)],
        "user_data_dir": str(folder),
        "datadir": str(own),
        "strategy": "SmaCross",
        "strategy_path": str(STRATEGIES),
        "export": "none",
        "backtest_cache": "none",
    }


def _trade(trade: dict[str, Any]) -> Trade:
    return Trade(
        trade["pair"],
        int(trade["open_timestamp"]),
        trade["open_rate"],
        int(trade["close_timestamp"]),
        trade["close_rate"],
        trade["exit_reason"],
    )


if __name__ == "__main__":
    main()
