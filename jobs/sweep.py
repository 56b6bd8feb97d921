"""`papertape sweep`: one strategy over recorded candles with many combinations of parameters."""

import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters.backtesting.request import Request
from application.sweeping.space import Combination
from application.sweeping.sweep import Swept
from application.sweeping.sweep import sweep as try_all
from application.sweeping.tried import Candidate
from jobs.backtest import (
    CUT_SHORT,
    Account,
    Data,
    Exchange,
    Execution,
    Fills,
    Pairs,
    Since,
    Strategy,
    TimeframeName,
    Until,
)
from jobs.options import Json, Parameters, parameters_of
from jobs.sweep_bench import ready
from jobs.sweep_options import (
    By,
    Grid,
    Random,
    Seed,
    Workers,
    checked_figure,
    combinations_of,
    cores,
)
from jobs.sweep_outputs import Found, Outputs, checked, document
from jobs.sweep_progress import counted

ResultsFile = Annotated[
    Path | None,
    typer.Option("--results", metavar="FILE", help="Keep results there, to go on if stopped."),
]
Csv = Annotated[Path | None, typer.Option(metavar="FILE", help="Write all results as CSV.")]
HeatMap = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw two parameters, into a .png or .svg.")
]
Along = Annotated[str | None, typer.Option(metavar="NAME", help="A parameter of the heat map.")]
Best = Annotated[int, typer.Option(min=1, help="Show so many of the best.")]


def sweep(
    strategy: Strategy,
    exchange: Exchange,
    pair: Pairs,
    timeframe: TimeframeName,
    grid: Grid,
    param: Parameters = None,
    random: Random = None,
    seed: Seed = 0,
    by: By = "sharpe",
    workers: Workers = None,
    execution: Execution = None,
    since: Since = None,
    until: Until = None,
    data: Data = None,
    account: Account = None,
    fills: Fills = None,
    results: ResultsFile = None,
    best: Best = 10,
    csv: Csv = None,
    heat_map: HeatMap = None,
    x: Along = None,
    y: Along = None,
    json: Json = False,
) -> None:
    """Try combinations of parameters over recorded candles; the best of many is luck in part.

    Ctrl-C ends it with what is done so far, and exit status 130. Results of the tape are kept
    beside it, others in the file of --results: the same sweep, started again, goes on behind them.
    """
    began = time.perf_counter()
    combinations = combinations_of(grid, random, seed)
    outputs = checked(csv, heat_map, x, y, combinations)
    request = Request(
        strategy, exchange, tuple(pair), timeframe, parameters_of(param or []), execution,
        since, until, data, account, tuple(fills or ()),
    )  # fmt: skip
    with redirect_stdout(sys.stderr):  # strategies may print
        found = _sweep(request, combinations, checked_figure(by), workers, results)
    found.seconds["total"] = time.perf_counter() - began
    _say(found, outputs, best, json=json)
    raise typer.Exit(_status(found.swept))


def _sweep(
    request: Request, combinations: list[Combination], by: str, workers: int | None,
    results: Path | None,
) -> Found:  # fmt: skip
    processes = min(workers or cores(), len(combinations))
    with ready(request, combinations, processes) as begun:
        since, until = begun.laid.inputs.since, begun.laid.inputs.until
        candidates = [
            Candidate(number, since, until, each) for number, each in enumerate(combinations)
        ]
        began = time.perf_counter()
        with begun.results(candidates, results) as kept, counted(len(candidates)) as tell:
            swept = try_all(candidates, kept, begun.pool.try_all, tell)
        seconds = {"read": begun.read, "trying": time.perf_counter() - began}
        return Found(begun.laid, swept, by, seconds)


def _status(swept: Swept) -> int:
    if not swept.is_whole:
        return CUT_SHORT
    return 1 if swept.failed else 0


def _say(found: Found, outputs: Outputs, best: int, *, json: bool) -> None:
    outputs.write(found)
    if json:
        typer.echo(msgspec.json.encode(document(found)).decode())
        return
    from jobs.sweep_text import shown  # noqa: PLC0415  # needs rich

    shown(found, best)
