"""What a peer tells the runner: one line of JSON on standard output. Standard library only."""

import argparse
import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from benchmarks.peers.works import FEE, QUANTITY


class Trade(NamedTuple):
    """A closed trade; times are those of the candles in which it was filled (open time, ms)."""

    pair: str
    entered_at: int
    entry_price: float
    exited_at: int
    exit_price: float
    exit_reason: str
    """`stop`, `target`, `signal`; empty where the peer does not tell."""

    @property
    def profit(self) -> float:
        """What it brought, fees taken off."""
        fees = (self.entry_price + self.exit_price) * FEE
        return (self.exit_price - self.entry_price - fees) * QUANTITY


@dataclass
class Answer:
    """What a peer made of a work."""

    peer: str
    work: str
    candles: int = 0
    trades: int = 0
    """Closed ones, of W2 over all runs."""
    final_equity: float = 0.0
    """Cash and open trades at their last close; of W2 the mean over all runs."""
    seconds_inside: float = 0.0
    """From candles in memory to the last trade."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Count the time of what is within."""
        began = perf_counter()
        yield
        self.seconds_inside += perf_counter() - began

    def tell(self) -> None:
        """Print the line."""
        memory = round(peak_mb(resource.getrusage(resource.RUSAGE_SELF)), 1)
        print(json.dumps(asdict(self) | {"memory_mb": memory}), flush=True)


Work = Callable[[Answer, Path], Iterable[Trade]]
"""Does a work on the candles at a path, fills the answer; the trades are only read if asked for."""


def run(
    peer: str, works: Mapping[str, Work], prepare: Callable[[Path], None] | None = None
) -> None:
    """Do the work that the command line names, tell what came of it.

    `prepare` makes of the candles what the peer reads; `--prepare` does only that.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=works)
    parser.add_argument("path", type=Path, help="a Parquet file, for w3 a folder of markets")
    parser.add_argument("--trades", type=Path, help="takes the closed trades as JSON lines")
    parser.add_argument("--prepare", action="store_true", help="only make the peer's own files")
    options = parser.parse_args()
    if prepare and options.prepare:
        prepare(options.path)
        return
    answer = Answer(peer, options.work)
    trades = works[options.work](answer, options.path)
    answer.tell()
    if options.trades:
        options.trades.write_text("".join(json.dumps(each._asdict()) + "\n" for each in trades))


def peak_mb(usage: resource.struct_rusage) -> float:
    """The most memory that a process has held, in MB."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
