"""An indicator of Backtrader's kind as a formula: one of its own, or an author's."""

import traceback
from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from adapters.indicators.arguments import Arguments, arguments_of
from adapters.indicators.errors import BadIndicator
from adapters.indicators.formula import Formula, Lines
from adapters.indicators.kinds import AHEAD, kind_of, original
from adapters.indicators.library import backtrader
from adapters.indicators.running import run
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

__all__ = ["backtrader", "computed", "interpreted"]


def computed(indicator: Indicator, candles: Candles) -> Floats:
    """What Backtrader computes for each candle; NaN before its minimum period.

    Raises UnknownIndicator, BadIndicator.
    """
    return interpreted(indicator).line(indicator, candles)


def interpreted(indicator: Indicator) -> Formula:
    """The formula that runs Backtrader's code; raises UnknownIndicator, BadIndicator.

    Where the code divides by zero there is no value from that candle on, so that no value depends
    on later candles.
    """
    kind = kind_of(indicator)
    arguments = arguments_of(indicator, kind)
    run_once = partial(run, partial(_built, kind, arguments), indicator.of)
    lines = tuple(kind.lines._getlines())
    no_value = (ArithmeticError,) if indicator.own else (ArithmeticError, ValueError, TypeError)

    def values(candles: Candles) -> Lines:
        with np.errstate(all="ignore"):
            return _until_no_value(run_once, candles, no_value)

    _or_said(indicator, run_once, Candles.none())
    ahead = frozenset() if indicator.own else AHEAD.get(original(kind), frozenset())
    return Formula(lines, partial(_or_said, indicator, values), not kind.plotinfo.subplot, ahead)


def _built(kind: Any, arguments: Arguments, data: Any) -> Any:
    return kind(data, **arguments)


def _until_no_value(
    run_once: Callable[[Candles], Lines], candles: Candles, no_value: tuple[type[Exception], ...]
) -> Lines:
    try:
        return run_once(candles)
    except no_value:
        good = _computable(run_once, candles, no_value)
        rest = np.full(len(candles) - good, np.nan)
        return tuple(np.concatenate((line, rest)) for line in run_once(candles[:good]))


def _computable(
    run_once: Callable[[Candles], Lines], candles: Candles, no_value: tuple[type[Exception], ...]
) -> int:
    """How many candles can be computed before the first that cannot."""

    def fails(count: int) -> bool:
        try:
            run_once(candles[:count])
        except no_value:
            return True
        return False

    return bisect_left(range(1, len(candles) + 1), True, key=fails)


def _or_said(indicator: Indicator, values: Callable[[Candles], Lines], candles: Candles) -> Lines:
    """The values; an error of an author's code becomes BadIndicator, with its place."""
    try:
        return values(candles)
    except MemoryError:
        raise
    except Exception as error:  # an author's code may fail in any way
        raise BadIndicator(_said(indicator, error)) from error


def _said(indicator: Indicator, error: Exception) -> str:
    if indicator.of != "close" and isinstance(error, AttributeError):
        return (
            f"{indicator.name} reads more than one column of its candles: it cannot be computed "
            f"over {indicator.of} alone."
        )
    place = _place(error)
    return (
        f"{indicator} fails: {type(error).__name__}: {error} "
        f"(line {place.lineno} of {Path(place.filename).name}: {place.line})"
    )


def _place(error: Exception) -> traceback.FrameSummary:
    """Where the author's code was, or, if it was not reached, where the error was raised."""
    not_theirs = tuple(str(Path(file).parent) for file in (__file__, str(backtrader().__file__)))
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(not_theirs)]
    return (theirs or frames)[-1]
