"""What a twin is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.indicators.formula import Lines

LONGEST = 50_000
"""The longest length that a twin takes: TA-Lib's own limit, or less."""


@dataclass(frozen=True, slots=True)
class Twin:
    """The same numbers as a class of Backtrader's, by all its names.

    `values(candles, **parameters)` gives one array for each line; element i knows candles 0 to i
    only. `of_one`: it takes one column instead of candles. Lengths are from `shortest` to LONGEST;
    Backtrader's code computes the others, and what has other parameters than these.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...]
    parameters: Mapping[str, float]
    values: Callable[..., Lines]
    of_one: bool = True
    over_prices: bool = False
    shortest: int = 2
