"""What `sweep` and `walk-forward` share: where to look, by what, with how many workers."""

import os
from typing import Annotated

import typer

from adapters.backtesting.request import BadRequest
from application.sweeping.space import Combination, axis, drawn, every
from application.sweeping.tried import FIGURES

Grid = Annotated[
    list[str],
    typer.Option("--grid", metavar="NAME=VALUES", help="fast=5,10,20 or fast=5:50:5; repeated."),
]
Random = Annotated[
    int | None, typer.Option(min=1, help="Try so many of them, drawn by chance, not all.")
]
Seed = Annotated[int, typer.Option(help="The same seed draws the same ones.")]
By = Annotated[str, typer.Option(help=f"What is best: {', '.join(FIGURES)}.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1_024, help="Processes; default: one for each core.")
]


def combinations_of(grid: list[str], random: int | None, seed: int) -> list[Combination]:
    """What is to be tried; raises BadSpace."""
    axes = [axis(each) for each in grid]
    return every(axes) if random is None else drawn(axes, random, seed)


def checked_figure(by: str) -> str:
    """A figure that can be the best; raises BadRequest."""
    if by not in FIGURES:
        raise BadRequest(f"--by {by}: it is none of {', '.join(FIGURES)}")
    return by


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
