"""Two lists of trades, compared one by one: how many differ, and in what.

    python -m benchmarks.peers.differences TRADES TRADES

Both are JSON lines as `--trades` of the contestants writes them. Peers date what happens within a
candle at its open or at its close: a minute apart is the same.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers.answer import Trade
from benchmarks.peers.works import MINUTE

ROUNDED = 0.0101  # a tick: who does not round stops and targets is as near as that
EXACT = 1e-8


def main() -> None:
    """Print what differs."""
    one, other = (_read(Path(name)) for name in sys.argv[1:3])
    for words, count in differences(one, other).items():
        print(f"{count:>9,} {words}")


def differences(one: Iterable[Trade], other: Iterable[Trade]) -> dict[str, int]:
    """How many trades there are of each kind of difference."""
    mine, theirs = _by_entry(one), _by_entry(other)
    common = mine.keys() & theirs.keys()
    pairs = Counter(_difference(mine[entry], theirs[entry]) for entry in common)
    alone = {
        "only in the first": len(mine.keys() - common),
        "only in the second": len(theirs.keys() - common),
    }
    return dict(pairs) | {words: count for words, count in alone.items() if count}


def _by_entry(trades: Iterable[Trade]) -> dict[tuple[str, int], Trade]:
    return {(each.pair, each.entered_at): each for each in trades}


def _difference(one: Trade, other: Trade) -> str:
    if abs(one.entry_price - other.entry_price) > EXACT:
        return "entered at another price"
    if abs(one.exited_at - other.exited_at) > MINUTE:
        return "left in another candle"
    apart = abs(one.exit_price - other.exit_price)
    if apart > ROUNDED:
        return "left at another price"
    return "left at a price that is not rounded to the tick" if apart > EXACT else "the same"


def _read(path: Path) -> list[Trade]:
    return [Trade(**json.loads(line)) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    main()
