"""The built-in strategies, by name."""

from collections.abc import Mapping

from domain.strategies.ema_cross import EmaCross
from domain.strategies.strategy import Parameter, Strategy

STRATEGIES: dict[str, type[Strategy]] = {EmaCross.name: EmaCross}


class UnknownStrategy(LookupError):
    """There is no strategy of this name."""


def strategy(name: str, parameters: Mapping[str, Parameter]) -> Strategy:
    """The strategy of that name with these parameters; raises UnknownStrategy, BadParameter."""
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise UnknownStrategy(f"There is no strategy {name!r}. Known: {known}.")
    return STRATEGIES[name].with_parameters(parameters)
