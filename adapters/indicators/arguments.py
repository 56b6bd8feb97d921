"""The parameters of an indicator of Backtrader's kind, as its class takes them."""

from typing import Any

from adapters.indicators.errors import BadIndicator
from adapters.indicators.kinds import UNUSABLE, original, standard_names
from adapters.indicators.library import backtrader
from adapters.indicators.parameters import Arguments, check_names, number
from domain.strategies.strategy import Indicator

__all__ = ["Arguments", "arguments_of"]

_PLOTTING = "_autoplot"  # makes a pivot point follow itself on another chart


def arguments_of(indicator: Indicator, kind: Any) -> Arguments:
    """The given parameters as the kinds of values that the class counts with.

    Raises UnknownIndicator, BadIndicator.
    """
    defaults = dict(kind.params._getitems())
    check_names(indicator, [name for name in defaults if _is_settable(name, defaults[name])])
    arguments = {
        name: _argument(indicator, name, defaults[name], value)
        for name, value in indicator.parameters
    }
    return {_PLOTTING: False} | arguments if _PLOTTING in defaults else arguments


def _is_settable(name: str, default: Any) -> bool:
    return not name.startswith("_") or isinstance(default, type)


def _argument(indicator: Indicator, name: str, default: Any, value: Any) -> Any:
    if isinstance(default, type):
        return _average(indicator, name, default, value)
    if isinstance(default, bool | str):
        if type(value) is type(default):
            return value
        raise BadIndicator(f"{indicator.name}: {name} must be a {type(default).__name__}.")
    if default is None or (indicator.own and isinstance(default, int)):
        return number(indicator, name, 0, value)
    if isinstance(default, int | float):
        return number(indicator, name, default, value)
    raise BadIndicator(f"{indicator.name}: {name} cannot be set by a strategy.")


def _average(indicator: Indicator, name: str, default: type, value: Any) -> Any:
    """The class that a name stands for: a moving average where the default is one."""
    library = backtrader().indicators
    kind = getattr(library, value, None) if value in standard_names() else None
    base = library.MovingAverageBase
    wanted = base if issubclass(default, base) else backtrader().Indicator
    if kind is None or not issubclass(kind, wanted) or original(kind) in UNUSABLE:
        raise BadIndicator(
            f"{indicator.name}: {name} = {value!r}: it must be the name of an average of "
            'Backtrader\'s, such as "EMA".'
        )
    return kind
