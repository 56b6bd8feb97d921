"""Who takes part, and in which works."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers import ours
from benchmarks.peers.environments import is_ready, python_of
from benchmarks.peers.works import SIZES, SWEPT, many_markets, one_market


@dataclass(frozen=True)
class Work:
    """What is to be done (`w1`, `w2`, `w3`), on which candles, and on which fewer to warm up."""

    name: str
    kind: str
    path: Path
    warming: Path


@dataclass(frozen=True)
class Contestant:
    """One that does works of these kinds; `command` may be given a kind and a path."""

    name: str
    kinds: frozenset[str]
    command: Callable[[str, Path], list[str]]
    missing: str = ""
    """Why it cannot take part."""
    prepares: bool = False
    """Whether it makes files of its own before, not measured."""


def works(candles: Path, recorded: Path | None) -> list[Work]:
    """All works in the order in which they are told of."""
    small, few = one_market(candles, min(SIZES)), many_markets(candles / "warming")
    one = [Work(f"W1 {size:,}", "w1", one_market(candles, size), small) for size in SIZES]
    if recorded:
        one.append(Work("W1 recorded", "w1", recorded, small))
    sweep = Work("W2", "w2", one_market(candles, SWEPT), small)
    return [*one, sweep, Work("W3", "w3", many_markets(candles), few)]


def contestants() -> list[Contestant]:
    """Papertape first, then the yardstick, then the peers."""
    one_market_only = ("w1", "w2")
    no_sweep = ("w1", "w3")
    return [
        _papertape(),
        _module("bare loop", "bare", sys.executable, "w1", "w2", "w3"),
        _peer("vectorbt", "vectorbt", "w1", "w2", "w3"),
        _peer("vectorbt, Rust", "vectorbt", "w1", "w2", "w3", module="vectorbt_rust"),
        _peer("backtesting.py", "backtesting", *one_market_only),
        _peer("backtrader", "backtrader", *no_sweep),
        _peer("jesse", "jesse", *no_sweep),
        replace(_peer("freqtrade", "freqtrade", *no_sweep), prepares=True),
        _peer("nautilus_trader", "nautilus", *no_sweep),
    ]


def _papertape() -> Contestant:
    commands = {"w1": ours.one, "w2": ours.sweep, "w3": ours.many}
    needs = {"w1": "backtest", "w2": "sweep", "w3": "backtest"}
    there = {command: ours.is_there(command) for command in set(needs.values())}
    kinds = frozenset(kind for kind, command in needs.items() if there[command])
    missing = "" if kinds else "it has no command `backtest` yet"
    return Contestant(ours.NAME, kinds, lambda kind, path: commands[kind](path), missing)


def _peer(name: str, environment: str, *kinds: str, module: str = "") -> Contestant:
    missing = "" if is_ready(environment) else f"no environment: {environment}"
    python = str(python_of(environment))
    return _module(name, f"peer_{module or environment}", python, *kinds, missing=missing)


def _module(name: str, module: str, python: str, *kinds: str, missing: str = "") -> Contestant:
    def command(kind: str, path: Path) -> list[str]:
        return [python, "-m", f"benchmarks.peers.{module}", kind, str(path)]

    return Contestant(name, frozenset(kinds), command, missing)
