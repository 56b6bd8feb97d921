"""All works by all that are there, one after the other; a table, and a chart if asked for.

python -m benchmarks.peers [--only NAME ...] [--works NAME ...] [--data FILE] [--chart FILE]
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.peers import ours
from benchmarks.peers.contestants import Contestant, Work, contestants, works
from benchmarks.peers.environments import home
from benchmarks.peers.measuring import Failed, Measured, measured
from benchmarks.peers.table import Result, table

ROUNDS, ENOUGH = 3, 30.0  # the best of so many, unless they have taken so many seconds


def main() -> None:
    """Measure, and tell all of it."""
    asked = _asked()
    subprocess.run([sys.executable, "-m", "benchmarks.peers.candles", asked.candles], check=True)
    results = []
    for result in _results(asked):
        results.append(result)
        asked.results.write_text(json.dumps([asdict(each) for each in results], indent=1))
    print(table(results))
    if asked.chart:
        chart = [sys.executable, "-m", "benchmarks.peers.chart", asked.results, asked.chart]
        subprocess.run(chart, check=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--only", nargs="*", help="contestants by name")
    parser.add_argument("--works", nargs="*", help="works by name, such as 'W1 10,000'")
    parser.add_argument("--data", type=Path, help="recorded one-minute candles for W1 besides")
    parser.add_argument("--candles", type=Path, default=home() / "candles")
    parser.add_argument("--results", type=Path, default=home() / "results.json")
    parser.add_argument("--chart", type=Path, help="cost against size, PNG or SVG")
    parser.add_argument("--limit", type=float, default=1_800, help="seconds for one run")
    return parser.parse_args()


def _results(asked: argparse.Namespace) -> Iterator[Result]:
    taking_part = [each for each in contestants() if not asked.only or each.name in asked.only]
    for each in taking_part:
        if each.missing:
            _note(f"{each.name}: left out, {each.missing}")
    for work in works(asked.candles, asked.data):
        if asked.works and work.name not in asked.works:
            continue
        for contestant in taking_part:
            if work.kind in contestant.kinds and not contestant.missing:
                result = _result(contestant, work, asked.limit)
                _note(
                    f"{work.name}, {contestant.name}: {result.failed or f'{result.seconds:.2f} s'}"
                )
                yield result


def _result(contestant: Contestant, work: Work, limit: float) -> Result:
    command = contestant.command(work.kind, work.path)
    try:
        if contestant.prepares:
            measured([*command, "--prepare"], limit)
        measured(contestant.command(work.kind, work.warming), limit)
        best = _best(command, limit)
    except Failed as failed:
        return Result(work.name, contestant.name, failed=str(failed))
    told = ours.answer(best.said) if contestant.name == ours.NAME else json.loads(_last(best.said))
    numbers = {name: told[name] for name in ("candles", "trades", "final_equity", "seconds_inside")}
    process = {name: getattr(best, name) for name in ("seconds", "cpu_seconds", "memory_mb")}
    return Result(work.name, contestant.name, **process, **numbers)


def _best(command: list[str], limit: float) -> Measured:
    runs = [measured(command, limit)]
    while len(runs) < ROUNDS and sum(each.seconds for each in runs) < ENOUGH:
        runs.append(measured(command, limit))
    return min(runs, key=lambda each: each.seconds)


def _last(said: str) -> str:
    return said.strip().splitlines()[-1]


def _note(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
