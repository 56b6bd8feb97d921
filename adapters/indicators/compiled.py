"""The compiled twin of an indicator, where there is one for its name and parameters."""

from collections.abc import Callable
from functools import partial

from adapters.indicators.errors import BadIndicator, UnknownIndicator
from adapters.indicators.formula import Formula, Lines
from adapters.indicators.parameters import Arguments, is_length, numbers
from adapters.indicators.twins import TWINS
from adapters.indicators.twins.twin import LONGEST, Twin
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator


def compiled(indicator: Indicator) -> Callable[[Candles], Floats] | None:
    """The values of the twin's line, or None where there is no twin."""
    formula = twin_of(indicator)
    return None if formula is None else partial(formula.line, indicator)


def twin_of(indicator: Indicator) -> Formula | None:
    """The twin, or None where Backtrader's own code must compute, or say what is wrong."""
    twin = TWINS.get(indicator.name)
    if twin is None or indicator.own or not (twin.of_one or indicator.of == "close"):
        return None
    try:
        arguments = numbers(indicator, twin.parameters)
    except (UnknownIndicator, BadIndicator):
        return None
    lengths = [value for name, value in arguments.items() if is_length(twin.parameters[name])]
    if not all(twin.shortest <= length <= LONGEST for length in lengths):
        return None
    column = indicator.of if twin.of_one else None
    return Formula(twin.lines, partial(_values, twin, arguments, column), twin.over_prices)


def _values(twin: Twin, arguments: Arguments, column: str | None, candles: Candles) -> Lines:
    if not len(candles):
        return (candles.close,) * len(twin.lines)
    return twin.values(getattr(candles, column) if column else candles, **arguments)
