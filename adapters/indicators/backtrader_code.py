"""Backtrader's own indicator code, run over arrays without its event loop.

A data feed is filled beforehand, the indicator is built on it, and its vectorised `_once` runs.
"""

import importlib
import warnings
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

_COLUMNS = ("open", "high", "low", "close", "volume")


class UnknownIndicator(LookupError):
    """Backtrader has no indicator, or the indicator no line or parameter, of this name."""


class BadIndicator(ValueError):
    """An indicator's parameter that is whole by default must be a whole number from 1 on."""


@cache
def backtrader() -> ModuleType:
    """The library, imported when first needed; its source is full of invalid escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("backtrader")


def computed(indicator: Indicator, candles: Candles) -> Floats:
    """What Backtrader computes for each candle; NaN before its minimum period.

    Where its code divides by zero there is no value from that candle on, so that no value
    depends on later candles. Raises UnknownIndicator, BadIndicator.
    """
    kind = checked(indicator)
    try:
        return _values(kind, indicator, candles)
    except ZeroDivisionError:
        good = _computable(kind, indicator, candles)
        rest = np.full(len(candles) - good, np.nan)
        return np.concatenate((_values(kind, indicator, candles[:good]), rest))


def _values(kind: Any, indicator: Indicator, candles: Candles) -> Floats:
    built = kind(_feed(candles), **_arguments(kind, indicator))
    line = _line(built, indicator)
    if built._minperiod > len(candles):
        return _values_of_few(kind, indicator, candles, built._minperiod)
    built._stage2()
    built._once()
    return np.array(line.array[: len(candles)], dtype=np.float64)


def _values_of_few(kind: Any, indicator: Indicator, candles: Candles, least: int) -> Floats:
    """As of a longer series: one line may have values before the slowest line's first."""
    if not len(candles):
        return np.empty(0)
    longer = candles
    while len(longer) < least:
        longer = longer.joined(candles[-1:])
    return _values(kind, indicator, longer)[: len(candles)]


def _feed(candles: Candles) -> Any:
    """A feed whose lines hold all candles; days since 1970 stand for Backtrader's dates."""
    feed = backtrader().feed.DataBase()
    for name in _COLUMNS:
        getattr(feed.lines, name).array = array("d", getattr(candles, name).tobytes())
    feed.lines.datetime.array = array("d", (candles.open_time / 86_400_000 + 719_163).tobytes())
    feed.lines.openinterest.array = array("d", bytes(8 * len(candles)))
    feed.home()
    return feed


def checked(indicator: Indicator) -> Any:
    """The indicator's class, its parameters looked at; raises UnknownIndicator, BadIndicator."""
    library = backtrader()
    kind: Any = getattr(library.indicators, indicator.name, None)
    if not (isinstance(kind, type) and issubclass(kind, library.Indicator)):
        raise UnknownIndicator(f"{indicator.name!r} is not an indicator of Backtrader's.")
    defaults = dict(_parameters(kind))
    for name, value in indicator.parameters:
        if name not in defaults:
            raise UnknownIndicator(
                f"{indicator.name} has no parameter {name!r}. It has: {', '.join(defaults)}."
            )
        if _is_length(defaults[name]) and not (value >= 1 and float(value).is_integer()):
            raise BadIndicator(f"{indicator}: {name}: {BadIndicator.__doc__}")
    return kind


def _parameters(kind: Any) -> Iterator[tuple[str, Any]]:
    return ((name, default) for name, default in kind.params._getitems() if name[0] != "_")


def _is_length(default: Any) -> bool:
    return isinstance(default, int) and not isinstance(default, bool) and default >= 1


def _arguments(kind: Any, indicator: Indicator) -> dict[str, float]:
    """The parameters as the kinds of numbers that Backtrader's code counts with."""
    defaults = dict(_parameters(kind))
    return {
        name: int(value) if _is_length(defaults[name]) else value
        for name, value in indicator.parameters
    }


def _line(built: Any, indicator: Indicator) -> Any:
    known = built.lines.getlinealiases()
    if indicator.line is None:
        return built.lines[0]
    if indicator.line not in known:
        raise UnknownIndicator(
            f"{indicator.name} has no line {indicator.line!r}. It has: {', '.join(known)}."
        )
    return getattr(built.lines, indicator.line)


def _computable(kind: Any, indicator: Indicator, candles: Candles) -> int:
    """How many candles can be computed before the first division by zero."""

    def fails(count: int) -> bool:
        try:
            _values(kind, indicator, candles[:count])
        except ZeroDivisionError:
            return True
        return False

    return bisect_left(range(len(candles) + 1), True, key=fails) - 1
