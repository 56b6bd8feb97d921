"""The whole process's seconds of W1 against its candles, both axes logarithmic.

python -m benchmarks.peers.chart RESULTS.json CHART.png|CHART.svg
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

from benchmarks.peers.ours import NAME
from benchmarks.peers.works import SIZES

APART = 1.3  # times the name below


def main() -> None:
    """Draw the results of a run."""
    results = json.loads(Path(sys.argv[1]).read_text())
    draw(results, Path(sys.argv[2]))


def draw(results: list[dict[str, Any]], path: Path) -> None:
    """One line a contestant, its name at the line's end."""
    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    works = {f"W1 {size:,}": size for size in SIZES}
    ends = []
    for peer in dict.fromkeys(each["peer"] for each in results):
        points = [
            (works[each["work"]], each["seconds"])
            for each in results
            if each["peer"] == peer and each["work"] in works and not each["failed"]
        ]
        if points:
            ends.append((points[-1], peer, _line(axes, peer, points)))
    _name(axes, ends)
    axes.set(
        xscale="log", yscale="log", xlabel="one-minute candles", ylabel="seconds, whole process"
    )
    axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    axes.set_xlim(min(SIZES) * 0.8, max(SIZES) * 4)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def _line(axes: Any, peer: str, points: list[tuple[int, float]]) -> Any:
    """Draw it; its colour."""
    width = 3 if peer == NAME else 1.5
    style = "--" if peer == "bare loop" else "-"
    (line,) = axes.plot(*zip(*points, strict=True), style, marker="o", linewidth=width)
    return line.get_color()


def _name(axes: Any, ends: list[tuple[tuple[int, float], str, Any]]) -> None:
    """Names beside the lines' ends, pushed up where they would lie on each other."""
    height = 0.0
    for (size, seconds), peer, colour in sorted(ends, key=lambda end: end[0][1]):
        height = max(seconds, height * APART)
        axes.annotate(
            peer, (size, height), (8, 0), textcoords="offset points", va="center", color=colour
        )


if __name__ == "__main__":
    main()
