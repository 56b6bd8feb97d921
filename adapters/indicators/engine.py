"""The indicator engine: a compiled twin where one is proven equal, else Backtrader's own code."""

from importlib.metadata import version

from adapters.indicators.backtrader_code import BadIndicator, UnknownIndicator, computed
from adapters.indicators.compiled import compiled
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

__all__ = ["BadIndicator", "UnknownIndicator", "compute", "versions"]


def compute(indicator: Indicator, candles: Candles) -> Floats:
    """The indicator's value for each candle, NaN where it has none.

    Raises UnknownIndicator, BadIndicator.
    """
    twin = compiled(indicator)
    return computed(indicator, candles) if twin is None else twin(candles)


def versions() -> dict[str, str]:
    """The versions of the libraries that compute."""
    return {name: version(name) for name in ("backtrader", "numpy", "ta-lib")}
