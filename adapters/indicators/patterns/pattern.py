"""What a pattern is: an indicator of our own, a function over candles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.candles import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """An indicator of our own, by name.

    `values(candles, **parameters)` gives one array for each line, as long as the candles, NaN
    where it has no value; element i knows candles 0 to i only. `warm_up(**parameters)` is how many
    candles must lie before one on which it is right. `over_prices`: its lines are prices.
    """

    name: str
    lines: tuple[str, ...]
    parameters: Mapping[str, float]
    values: Callable[..., tuple[Floats, ...]]
    warm_up: Callable[..., int]
    over_prices: bool = True
