"""A pattern of our own as a formula."""

from functools import partial
from typing import Any

from adapters.indicators.errors import BadIndicator
from adapters.indicators.formula import Formula, Lines
from adapters.indicators.parameters import numbers
from adapters.indicators.patterns import PATTERNS
from adapters.indicators.patterns.pattern import Pattern
from domain.candles import Candles
from domain.strategies.strategy import Indicator


def pattern_of(indicator: Indicator) -> Pattern | None:
    """The pattern of the indicator's name, if there is one."""
    return None if indicator.own else PATTERNS.get(indicator.name)


def patterned(indicator: Indicator, pattern: Pattern) -> Formula:
    """The formula of a pattern; raises UnknownIndicator, BadIndicator."""
    if indicator.of != "close":
        raise BadIndicator(
            f"{indicator.name} is a pattern of whole candles: it cannot be computed over "
            f"{indicator.of} alone."
        )
    arguments = numbers(indicator, pattern.parameters)
    values = partial(_values, indicator, pattern, arguments)
    return Formula(pattern.lines, values, pattern.over_prices)


def pattern_warm_up(indicator: Indicator, pattern: Pattern) -> int:
    """How many candles must lie before one on which the pattern is right."""
    return pattern.warm_up(**numbers(indicator, pattern.parameters))


def _values(
    indicator: Indicator, pattern: Pattern, arguments: dict[str, Any], candles: Candles
) -> Lines:
    try:
        return pattern.values(candles, **arguments)
    except ValueError as error:  # what a pattern says of parameters that do not go together
        raise BadIndicator(f"{indicator}: {error}") from error
