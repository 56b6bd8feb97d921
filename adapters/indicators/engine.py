"""The indicator engine: by name, over arrays, with Backtrader's numbers.

A pattern of our own is computed by its function, an indicator of Backtrader's by a compiled twin
where one is proven equal, any other and an author's own class by Backtrader's code. For threads.
"""

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from adapters.indicators.backtrader_code import interpreted
from adapters.indicators.compiled import twin_of
from adapters.indicators.errors import BadIndicator, LooksAhead, NeverSettles, UnknownIndicator
from adapters.indicators.formula import Formula
from adapters.indicators.kinds import name_or_own
from adapters.indicators.latest import Latest
from adapters.indicators.measured import measured, sample
from adapters.indicators.parameters import check_kinds
from adapters.indicators.patterned import pattern_of, pattern_warm_up, patterned
from adapters.indicators.warm_up import known_warm_up
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

__all__ = [
    "BadIndicator", "LooksAhead", "NeverSettles", "UnknownIndicator", "checked", "compute",
    "placement", "versions", "warm_up",
]  # fmt: skip

_KEPT = 1_024
_latest = Latest()


def compute(indicator: Indicator, candles: Candles) -> Floats:
    """The indicator's value for each candle, NaN where it has none.

    `timeframe` and `sparse` are the caller's matter. Raises UnknownIndicator, BadIndicator.
    """
    formula = _formula(indicator)
    return _latest.line(formula, formula.number(indicator), candles)


def checked(indicator: Indicator) -> Indicator:
    """The indicator, known to be computable; raises UnknownIndicator, BadIndicator."""
    compute(indicator, sample())
    return indicator


def warm_up(indicator: Indicator) -> int:
    """The candles before one on which the indicator is right to 1e-11; always the same number.

    Raises UnknownIndicator, BadIndicator, NeverSettles.
    """
    checked(indicator)
    return _warm_up(_essence(indicator, line=indicator.line))


def placement(indicator: Indicator) -> str:
    """Where it is drawn: the title of its panel, or "" over the prices.

    Lines of the same kind share a panel. Raises UnknownIndicator, BadIndicator.
    """
    if indicator.of == "volume" and _formula(indicator).over_prices:
        return indicator.of
    return "" if _formula(indicator).over_prices else indicator.name


def versions() -> dict[str, str]:
    """The versions of the libraries that compute."""
    return {name: version(name) for name in ("backtrader", "numpy", "ta-lib")}


def _formula(indicator: Indicator) -> Formula:
    check_kinds(indicator)
    return _known(indicator)


@lru_cache(_KEPT)
def _known(indicator: Indicator) -> Formula:
    return _made(_essence(indicator))


def _essence(indicator: Indicator, line: str | None = None) -> Indicator:
    """The indicator without what does not change how it is computed."""
    parameters: Any = dict(indicator.parameters)
    return Indicator(name_or_own(indicator), line=line, of=indicator.of, **parameters)


@lru_cache(_KEPT)
def _made(indicator: Indicator) -> Formula:
    pattern = pattern_of(indicator)
    if pattern is not None:
        return patterned(indicator, pattern)
    return twin_of(indicator) or interpreted(indicator)


@lru_cache(_KEPT)
def _warm_up(indicator: Indicator) -> int:
    pattern = pattern_of(indicator)
    if pattern is not None:
        return pattern_warm_up(indicator, pattern)
    return known_warm_up(indicator) or measured(indicator, _made(_essence(indicator)))
