"""An indicator made ready to compute: found, and its parameters checked."""

from collections.abc import Callable
from dataclasses import dataclass

from adapters.indicators.errors import LooksAhead, UnknownIndicator
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

Lines = tuple[Floats, ...]
"""One array for each line of an indicator, as long as the candles."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What computes all lines of an indicator: NaN where one has no value.

    `over_prices`: its lines are prices, drawn over the candles. `ahead`: lines that look ahead.
    """

    lines: tuple[str, ...]
    values: Callable[[Candles], Lines]
    over_prices: bool
    ahead: frozenset[str] = frozenset()

    def number(self, indicator: Indicator) -> int:
        """The place of the indicator's line among them; raises UnknownIndicator, LooksAhead."""
        line = indicator.line or self.lines[0]
        if line in self.ahead:
            raise LooksAhead(f"{indicator.name}.{line}: {LooksAhead.__doc__}")
        if line not in self.lines:
            known = ", ".join(self.lines)
            raise UnknownIndicator(f"{indicator.name} has no line {line!r}. It has: {known}.")
        return self.lines.index(line)

    def line(self, indicator: Indicator, candles: Candles) -> Floats:
        """The values of the indicator's line."""
        return self.values(candles)[self.number(indicator)]
