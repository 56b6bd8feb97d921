"""A strategy asked about candles as in trading, but severely.

What it is given cannot be changed by it, and numpy's divisions by zero are errors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.candles import Candles, Floats
from domain.strategies.evaluate import Compute, value_of
from domain.strategies.strategy import BadRules, Flags, Indicator, Rules, Strategy
from domain.timeframes import Timeframe

Line = NDArray[Any]
"""Numbers or flags, one for each candle."""

Lines = dict[str, Line]
"""All that is said, by what it is: an indicator or a rule."""

T = TypeVar("T")


class Failed(Exception):
    """A part of a strategy, `what`, could not be asked; its cause is why."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Answer(NamedTuple):
    """What a strategy says of candles."""

    indicators: Mapping[str, Indicator]
    values: dict[str, Floats]
    rules: Rules

    @property
    def indicator_lines(self) -> Lines:
        """The values of its indicators."""
        return {indicator_named(name): array for name, array in self.values.items()}

    @property
    def lines(self) -> Lines:
        """All that was said."""
        return self.indicator_lines | rule_lines(self.rules)

    @property
    def always(self) -> Lines:
        """The indicators without whose values there is no opinion."""
        return {
            indicator_named(name): self.values[name]
            for name, indicator in self.indicators.items()
            if not indicator.sparse
        }

    @property
    def heard(self) -> Flags:
        """The rows on which there may be an opinion, for all those values are there."""
        heard = np.ones(len(self.rules.enter_long), dtype=np.bool_)
        for values in self.always.values():
            heard &= np.isfinite(values)
        return heard


def indicator_named(name: str) -> str:
    """How messages call an indicator."""
    return f"indicator `{name}`"


def rule_named(name: str) -> str:
    """How messages call a rule."""
    return f"rule `{name}`"


def rows_of(lines: Lines, rows: slice) -> Lines:
    """What is said on some rows."""
    return {what: line[rows] for what, line in lines.items()}


def rule_lines(rules: Rules) -> Lines:
    """The rules that are given, whole numbers as arrays of one value."""
    length = len(rules.enter_long)
    given = {field.name: getattr(rules, field.name) for field in fields(rules)}
    return {
        rule_named(name): rule if isinstance(rule, np.ndarray) else np.full(length, float(rule))
        for name, rule in given.items()
        if rule is not None
    }


@dataclass(frozen=True, slots=True)
class Question:
    """A strategy, and what is needed to ask it."""

    strategy: Strategy
    frame: Timeframe
    compute: Compute

    def afresh(self) -> Self:
        """The same of an instance that has never been asked."""
        own = self.strategy
        fresh = type(own)(**{name: getattr(own, name) for name in own.__struct_fields__})
        return type(self)(fresh, self.frame, self.compute)

    def asked(self, candles: Candles) -> Answer:
        """What the strategy says; raises Failed."""
        candles = _kept(candles)
        with np.errstate(divide="raise", invalid="raise"):
            indicators = _attempt("indicators()", partial(_indicators, self.strategy))
            values = {
                name: _attempt(indicator_named(name), partial(self._value, indicator, candles))
                for name, indicator in indicators.items()
            }
            return Answer(indicators, values, self.ruled(candles, values))

    def ruled(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        """What its rules say, given the indicators' values; raises Failed."""
        with np.errstate(divide="raise", invalid="raise"):
            return _attempt("rules()", partial(_rules, self.strategy, candles, values))

    def _value(self, indicator: Indicator, candles: Candles) -> Floats:
        values = value_of(indicator, candles, self.frame, self.compute)
        if values.shape != (len(candles),) or values.dtype != np.float64:
            raise BadRules(
                f"it gives {values.dtype}{list(values.shape)} for {len(candles)} candles"
            )
        values = values.view()
        values.flags.writeable = False
        return values


def _attempt(what: str, step: Callable[[], T]) -> T:
    try:
        return step()
    except (Exception, SystemExit) as error:
        raise Failed(what) from error


def _indicators(strategy: Strategy) -> dict[str, Indicator]:
    found = strategy.indicators()
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(each, Indicator) for name, each in found.items()
    ):
        raise TypeError("it must return a dictionary of names and `Indicator(...)`")
    return found


def _rules(strategy: Strategy, candles: Candles, values: Mapping[str, Floats]) -> Rules:
    rules = strategy.rules(candles, values)
    if not isinstance(rules, Rules):
        raise BadRules(f"returns {type(rules).__name__}, not `Rules(...)`")
    for field in fields(rules):
        _look_at(field.name, getattr(rules, field.name))
    return rules.checked(len(candles))


def _look_at(name: str, rule: object) -> None:
    """Raises BadRules where a rule is not the kind of thing that it must be."""
    is_number = name in ("valid_for", "time_stop")
    if rule is None and name not in ("enter_long", "exit_long"):
        return
    if is_number and not (isinstance(rule, int) and rule > 0):
        raise BadRules(f"`{name}` is {rule!r}, not a whole number of periods")
    if not is_number and not isinstance(rule, np.ndarray):
        raise BadRules(f"`{name}` is of type {type(rule).__name__}, not a numpy array")


def _kept(candles: Candles) -> Candles:
    """The candles so that nobody can change them."""
    columns = [getattr(candles, column).view() for column in Candles.__slots__]
    for column in columns:
        column.flags.writeable = False
    return Candles(*columns)
