"""What a sweep costs: by one and by two processes, as whole commands; and its memory.

A hundred pairs of average lengths on 100,000 one-minute candles (SIZE), and a few on ten times as
many for the memory, which is the sum of what all processes hold, shared pages counted once (PSS).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, NamedTuple

from benchmarks.peers.candles import SEED, walk
from benchmarks.peers.ours import sweep

SIZE = int(os.environ.get("SIZE", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PAUSE = 0.02


class Ran(NamedTuple):
    """A command: its seconds, the most memory in MB of all its processes, what it said."""

    seconds: float
    memory: float
    said: dict[str, Any]


def main() -> None:
    """Print times, their ratio, and memory."""
    with TemporaryDirectory() as folder:
        small, large = (_candles(Path(folder), SIZE * factor) for factor in (1, 10))
        rounds = [(_run(sweep(small), 1), _run(sweep(small), 2)) for _ in range(ROUNDS)]
        for workers, of in enumerate(zip(*rounds, strict=True), 1):
            _say(f"{workers} process{'es' if workers > 1 else ''}", of)
        whole = median(one.seconds / two.seconds for one, two in rounds)
        inside = median(_trying(one) / _trying(two) for one, two in rounds)
        print(
            f"two against one        {whole:6.2f} times as fast, {inside:.2f} without start, read"
        )
        few = [word for word in sweep(large) if not word.startswith(("fast=", "slow="))]
        few = [word for word in few if word != "--grid"]
        ran = _run([*few, "--grid", "fast=5,10", "--grid", "slow=30,40"], 2)
        print(f"{10 * SIZE:,} candles, 2 processes: {ran.memory:,.0f} MB at most (goal: 1,024)")


def _candles(folder: Path, count: int) -> Path:
    path = folder / f"{count}.parquet"
    walk(count, SEED).write_parquet(path)
    return path


def _run(command: list[str], workers: int) -> Ran:
    began = perf_counter()
    process = subprocess.Popen(
        [*command, "--workers", str(workers)], stdout=subprocess.PIPE, stderr=sys.stderr
    )
    most = 0.0
    while process.poll() is None and not _has_said(process):
        most = max(most, sum(map(_megabytes, _family(process.pid))))
        sleep(PAUSE)
    out, _ = process.communicate()
    return Ran(perf_counter() - began, most, json.loads(out))


def _has_said(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it is about to end: it would wait for whoever reads what it says."""
    from select import select

    assert process.stdout is not None
    return bool(select([process.stdout], [], [], 0)[0])


def _family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _megabytes(pid: int) -> float:
    """What a process holds, its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _trying(ran: Ran) -> float:
    return float(ran.said["seconds"]["trying"])


def _say(name: str, rans: tuple[Ran, ...]) -> None:
    trades = sum(each["trades"] for each in rans[0].said["runs"])
    seconds = median(each.seconds for each in rans)
    print(
        f"{name:<22} {seconds:6.2f} s, {median(map(_trying, rans)):.2f} s of it trying "
        f"{rans[0].said['tried']:,} combinations, {trades:,} trades, "
        f"{max(each.memory for each in rans):,.0f} MB"
    )


if __name__ == "__main__":
    main()
