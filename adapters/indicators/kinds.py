"""Backtrader's indicators by name, and the authors' own: which can be used, and why others not."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from adapters.indicators.errors import BadIndicator, UnknownIndicator
from adapters.indicators.library import backtrader
from domain.strategies.strategy import Indicator

_BASE = "it is only a base of others"
_FUNCTION = "it needs a function"
_TWO = "it compares two series"
_TWO_AND_PANDAS = "it compares two series, by pandas"
_AROUND = "it needs an indicator to oscillate around"

UNUSABLE: Mapping[str, str] = {
    "ApplyN": _FUNCTION,
    "BaseApplyN": _BASE,
    "CointN": _TWO_AND_PANDAS,
    "CrossDown": _TWO,
    "CrossOver": _TWO,
    "CrossUp": _TWO,
    "ExponentialSmoothingDynamic": "it needs a line of weights",
    "FindFirstIndex": _FUNCTION,
    "FindLastIndex": _FUNCTION,
    "Indicator": _BASE,
    "MovingAverageBase": _BASE,
    "NonZeroDifference": _TWO,
    "OLS_BetaN": _TWO_AND_PANDAS,
    "OLS_Slope_InterceptN": _TWO_AND_PANDAS,
    "OLS_TransformationN": _TWO_AND_PANDAS,
    "OperationN": _BASE,
    "Oscillator": _AROUND,
    "OscillatorMixIn": _AROUND,
    "PeriodN": _BASE,
    "ReduceN": _FUNCTION,
}
"""Backtrader's indicators that cannot be made from candles and numbers alone, and why."""

AHEAD: Mapping[str, frozenset[str]] = {"Ichimoku": frozenset({"chikou_span"})}
"""Backtrader's lines that know later candles."""


def kind_of(indicator: Indicator) -> Any:
    """The indicator's class; raises UnknownIndicator, BadIndicator."""
    return _standard(indicator.name) if indicator.own is None else _own(indicator.own)


def name_or_own(indicator: Indicator) -> str | type:
    """What was asked for: one of Backtrader's classes, given itself, counts as named."""
    own = indicator.own
    if own is None:
        return indicator.name
    is_standard = own.__module__.startswith("backtrader.indicators")
    if is_standard and vars(backtrader().indicators).get(own.__name__) == own:
        return own.__name__
    return own


@cache
def standard_names() -> tuple[str, ...]:
    """Every name of an indicator of Backtrader's, aliases too."""
    return tuple(sorted(_names()))


def original(kind: Any) -> str:
    """The name of the class that an alias stands for, or its own."""
    return str(kind.aliased or kind.__name__)


def _names() -> Iterator[str]:
    library = backtrader()
    for name, kind in vars(library.indicators).items():
        is_class = isinstance(kind, type) and issubclass(kind, library.Indicator)
        if is_class and kind.__name__ == name:
            yield name


def _standard(name: str) -> Any:
    if name not in standard_names():
        near = ", ".join(get_close_matches(name, standard_names(), n=4))
        hint = f" Is one of these meant: {near}?" if near else ""
        raise UnknownIndicator(f"{name!r} is not an indicator of Backtrader's.{hint}")
    kind = getattr(backtrader().indicators, name)
    if original(kind) in UNUSABLE:
        raise BadIndicator(f"{name} cannot be used by a strategy: {UNUSABLE[original(kind)]}.")
    return kind


def _own(own: type) -> Any:
    kind: Any = own
    if not issubclass(own, backtrader().Indicator):
        raise BadIndicator(f"{own.__name__} is not a subclass of backtrader.Indicator.")
    if kind._mindatas > 1:
        raise BadIndicator(
            f"{own.__name__} wants {kind._mindatas} datas; an indicator gets the candles only."
        )
    if not kind.lines._getlines():
        raise BadIndicator(f"{own.__name__} has no lines.")
    return kind
