"""Papertape for authors of strategies: `from papertape import Indicator, Rules, Strategy`."""

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.strategy import BadParameter, Flags, Indicator, Rules, Strategy

__all__ = [
    "BadParameter",
    "Candles",
    "Flags",
    "Floats",
    "Indicator",
    "Rules",
    "Strategy",
    "crosses_above",
    "crosses_below",
]
