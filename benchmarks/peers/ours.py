"""Papertape itself: its commands for the works, and what their JSON says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.works import (
    CASH,
    FAST,
    FASTS,
    FEE,
    PLACES,
    QUANTITY,
    SLOW,
    SLOWS,
    STOP,
    TARGET,
    market_files,
)

NAME = "papertape"
COMMAND = str(Path(sys.executable).parent / "papertape")
MARKET = ("--exchange", "bench", "--timeframe", "1m", "--strategy", "sma_cross", "--json")


def is_there(command: str) -> bool:
    """Whether this version of Papertape has the command."""
    asked = subprocess.run([COMMAND, command, "--help"], check=False, capture_output=True)
    return asked.returncode == 0


def one(path: Path) -> list[str]:
    """The command for W1."""
    averages = _parameters(fast=FAST, slow=SLOW)
    data = ("--data", str(path), "--pair", "BTC/USDT")
    return [COMMAND, "backtest", *data, *MARKET, *averages, *_rules()]


def sweep(path: Path) -> list[str]:
    """The command for W2."""
    grid = [f"fast={_joined(FASTS)}", f"slow={_joined(SLOWS)}"]
    axes = [word for axis in grid for word in ("--grid", axis)]
    data = ("--data", str(path), "--pair", "BTC/USDT")
    return [COMMAND, "sweep", *data, *MARKET, *axes, *_rules()]


def many(folder: Path) -> list[str]:
    """The command for W3."""
    pairs = [word for pair in market_files(folder) for word in ("--pair", pair)]
    averages = _parameters(fast=FAST, slow=SLOW, max_open_trades=PLACES)
    return [COMMAND, "backtest", "--data", str(folder), *pairs, *MARKET, *averages, *_rules()]


def answer(said: str) -> dict[str, Any]:
    """What a peer would tell of itself, out of the JSON of `backtest` or `sweep`."""
    result = json.loads(said)
    runs = result.get("runs", [result])
    return {
        "candles": result["candles"],
        "trades": sum(_trades(run) for run in runs),
        "final_equity": sum(_equity(run) for run in runs) / len(runs),
        "seconds_inside": _inside(result["seconds"]),
    }


def _trades(run: dict[str, Any]) -> int:
    trades = run["trades"]
    return trades if isinstance(trades, int) else len(trades)


def _equity(run: dict[str, Any]) -> float:
    (account,) = run["accounts"]
    return float(account["equity"])


def _inside(seconds: dict[str, float]) -> float:
    """From candles in memory to the last trade; of a sweep, its workers' start included."""
    return sum(seconds.get(part, 0.0) for part in ("signals", "trading", "trying"))


def _rules() -> list[str]:
    return _parameters(stop=STOP, target=TARGET, quantity=QUANTITY, fee=FEE, cash=CASH)


def _parameters(**values: float) -> list[str]:
    return [word for name, value in values.items() for word in ("--param", f"{name}={value}")]


def _joined(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))
