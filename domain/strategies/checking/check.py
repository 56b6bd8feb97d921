"""All checks of a strategy, in order: the first finding refuses it."""

from collections.abc import Callable, Sequence

from domain.longer import NotLonger
from domain.strategies.checking.ahead import look_for_later_candles
from domain.strategies.checking.asking import Question
from domain.strategies.checking.beginning import look_at_beginnings
from domain.strategies.checking.failing import sentence
from domain.strategies.checking.findings import Checked, CheckSeries, Finding, Refused
from domain.strategies.checking.inspection import Inspection, Progress, untold
from domain.strategies.checking.repeating import repeat
from domain.strategies.checking.running import Ran, run
from domain.strategies.checking.stretches import stretches
from domain.strategies.evaluate import Compute
from domain.strategies.strategy import MOST_CANDLES, Measure, Strategy, WarmUpTooLong
from domain.timeframes import Timeframe

SeriesFor = Callable[[Timeframe, int], Sequence[CheckSeries]]
"""The series to check on, given the timeframe and the warm-up (candles)."""

GUESS = 500
"""Where no warm-up can be told, the other checks may tell why: with so many candles."""


def check(
    strategy: Strategy,
    frame: Timeframe,
    compute: Compute,
    measure: Measure,
    series: SeriesFor,
    *,
    cuts: int = 200,
    progress: Progress = untold,
) -> Checked:
    """What is learnt of a strategy that may trade in a timeframe; raises Refused if it may not.

    Each series of a market is cut at `cuts` candles drawn by lot, besides its blocks' edges.
    """
    question = Question(strategy, frame, compute)

    def inspection_of(warm_up: int) -> Inspection:
        subjects = (tuple(stretches(each, frame, warm_up)) for each in series(frame, warm_up))
        return Inspection(question, tuple(subjects), cuts, progress)

    try:
        warm_up = _warm_up(strategy, frame, measure)
    except Refused:
        raise
    except Exception as error:  # the other checks often tell better why
        _look_at_all_but_the_beginning(inspection_of(GUESS))
        raise _no_warm_up(error) from error
    inspection = inspection_of(warm_up)
    ran = _look_at_all_but_the_beginning(inspection)
    look_at_beginnings(inspection, warm_up)
    shown = [subject[0].series for subject in inspection.subjects]
    return Checked(
        warm_up=warm_up,
        series=tuple(each.name for each in shown),
        candles=sum(len(each.candles) for each in shown),
        entries=ran.entries,
        exits=ran.exits,
        warnings=ran.all_warnings(),
    )


def _look_at_all_but_the_beginning(inspection: Inspection) -> Ran:
    ran = run(inspection)
    repeat(inspection, ran)
    look_for_later_candles(inspection)
    return ran


def _warm_up(strategy: Strategy, frame: Timeframe, measure: Measure) -> int:
    """The candles before one that may signal; raises what goes wrong, Refused where that is all."""
    try:
        warm_up = strategy.warm_up(frame, measure)
    except (NotLonger, WarmUpTooLong) as error:
        raise _no_warm_up(error) from error
    if not isinstance(warm_up, int) or not 0 <= warm_up <= MOST_CANDLES:
        raise _no_warm_up(ValueError(f"{warm_up!r} is not from 0 to {MOST_CANDLES:,}"))
    return warm_up


def _no_warm_up(error: Exception) -> Refused:
    return Refused(
        Finding(
            check="warm-up",
            says=f"Its warm-up cannot be told: {sentence(error)}.",
            advice="Look at its indicators and their timeframes, and at its `lookback`.",
            what="indicators()",
        )
    )
