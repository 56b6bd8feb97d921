"""An indicator's parameters: which kinds there are, and as what its code takes them."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from adapters.indicators.errors import BadIndicator, UnknownIndicator
from domain.strategies.strategy import Indicator

Arguments = dict[str, Any]


def check_kinds(indicator: Indicator) -> None:
    """Raises BadIndicator where a parameter is anything but a finite number, a bool or a str."""
    for name, value in indicator.parameters:
        if not isinstance(value, int | float | str):
            raise BadIndicator(
                f"{indicator.name}: {name} is {_kind(value)}; a parameter is an int, float, bool "
                "or str."
            )
        if isinstance(value, float) and not isfinite(value):
            raise BadIndicator(f"{indicator.name}: {name} = {value} is not a finite number.")


def check_names(indicator: Indicator, known: Iterable[str]) -> None:
    """Raises UnknownIndicator where a parameter has none of these names."""
    known = tuple(known)
    for name, _ in indicator.parameters:
        if name not in known:
            has = ", ".join(known) or "none"
            raise UnknownIndicator(f"{indicator.name} has no parameter {name!r}. It has: {has}.")


def numbers(indicator: Indicator, defaults: Mapping[str, float]) -> Arguments:
    """All parameters of an indicator that takes numbers only, those not given at their defaults.

    Raises UnknownIndicator, BadIndicator.
    """
    check_names(indicator, defaults)
    given = dict(indicator.parameters)
    return {
        name: number(indicator, name, default, given.get(name, default))
        for name, default in defaults.items()
    }


def number(indicator: Indicator, name: str, default: float, value: Any) -> float:
    """A number of the kind of its default: a length is whole; raises BadIndicator."""
    if isinstance(value, bool | str):
        raise BadIndicator(f"{indicator.name}: {name} = {value!r} is not a number.")
    if not is_length(default):
        return float(value) if isinstance(default, float) else whole_if_it_is(value)
    if value < 1 or value != int(value):
        raise BadIndicator(
            f"{indicator.name}: {name} = {value:g}: it is {default} by default and must be a whole "
            "number from 1 on."
        )
    return int(value)


def is_length(default: Any) -> bool:
    """Whether a parameter counts candles: it is a whole number from 1 on by default."""
    return isinstance(default, int) and not isinstance(default, bool) and default >= 1


def whole_if_it_is(value: float) -> float:
    """A whole number as an int: Backtrader's code counts with it."""
    return int(value) if float(value).is_integer() else value


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
