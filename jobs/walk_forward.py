"""`papertape walk-forward`: parameters chosen on one stretch of candles, traded on the next."""

import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters.backtesting.request import BadRequest, Request
from adapters.sweeps.laying import Laid
from adapters.sweeps.worker import bench as bench_of
from application.sweeping.space import Combination
from application.walking.walk import candidates, trade
from application.walking.walk import train as choose
from application.walking.windows import Window, windows
from domain.timeframes import timeframe as length_of
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
from jobs.backtest_outputs import checked as checked_files
from jobs.options import Json, Parameters, parameters_of
from jobs.sweep_bench import Ready, ready
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
from jobs.sweep_progress import counted
from jobs.walk_outputs import Gone, document, write_chart

Train = Annotated[str, typer.Option(metavar="SPAN", help="How long a training is, such as 90d.")]
Test = Annotated[str, typer.Option(metavar="SPAN", help="How long a test is, such as 30d.")]
Anchored = Annotated[
    bool, typer.Option("--anchored", help="All trainings begin with the first candle.")
]
ResultsFile = Annotated[
    Path | None,
    typer.Option("--results", metavar="FILE", help="Keep results there, to go on if stopped."),
]
Chart = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw the equity, into a .png or .svg.")
]


def walk_forward(
    strategy: Strategy,
    exchange: Exchange,
    pair: Pairs,
    timeframe: TimeframeName,
    grid: Grid,
    train: Train,
    test: Test,
    anchored: Anchored = False,
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
    chart: Chart = None,
    json: Json = False,
) -> None:
    """Choose parameters by a figure in each training, trade them in the test behind it.

    One account lives through all tests, and is brought to new parameters where one begins. Ctrl-C
    ends it with the windows that are done, and exit status 130.
    """
    began = time.perf_counter()
    checked_files(None, chart)
    combinations = combinations_of(grid, random, seed)
    if "cash" in combinations[0]:
        raise BadRequest("--grid cash: one account lives through all tests, its cash is given once")
    request = Request(
        strategy, exchange, tuple(pair), timeframe, parameters_of(param or []), execution,
        since, until, data, account, tuple(fills or ()),
    )  # fmt: skip
    lengths = length_of(train).ms, length_of(test).ms
    with (
        redirect_stdout(sys.stderr),  # strategies may print
        ready(request, combinations, workers or cores()) as begun,
    ):
        wanted = _windows(begun.laid, *lengths, anchored=anchored)
        gone = _walk(begun, wanted, combinations, checked_figure(by), results)
    gone.seconds["total"] = time.perf_counter() - began
    if chart is not None:
        write_chart(gone, chart)
    _say(gone, json=json)
    raise typer.Exit(_status(gone))


def _windows(laid: Laid, train: int, test: int, *, anchored: bool) -> list[Window]:
    """The windows over the candles that there are; raises BadRequest, NoWindow."""
    longest = laid.prepared.frames[-1]
    if train % longest.ms or test % longest.ms:
        raise BadRequest(f"--train and --test must be whole periods of {longest}")
    return windows(laid.inputs.since, laid.inputs.until, train, test, anchored=anchored)


def _walk(
    begun: Ready, wanted: list[Window], combinations: list[Combination], by: str,
    results: Path | None,
) -> Gone:  # fmt: skip
    trainings = candidates(wanted, combinations)
    began = time.perf_counter()
    with begun.results(trainings, results) as kept, counted(len(trainings)) as tell:
        chosen = choose(wanted, combinations, kept, begun.pool.try_all, by, tell)
    seconds = {"read": begun.read, "trying": time.perf_counter() - began}
    if not chosen:
        typer.echo("papertape: stopped before the first training was done", err=True)
        raise typer.Exit(CUT_SHORT)
    walked = trade(bench_of(begun.folder), wanted, chosen)
    return Gone(begun.laid, walked, len(wanted), len(combinations), by, seconds)


def _status(gone: Gone) -> int:
    if not gone.is_whole:
        return CUT_SHORT
    return 1 if gone.failure else 0


def _say(gone: Gone, *, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode(document(gone)).decode())
        return
    from jobs.walk_text import shown  # noqa: PLC0415  # needs rich

    shown(gone)
