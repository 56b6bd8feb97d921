"""Wilder's indicators inside a pattern: the values that the engine gives for them."""

from adapters.indicators.backtrader_code import interpreted
from adapters.indicators.compiled import twin_of
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator


def rsi(candles: Candles, period: int) -> Floats:
    """Backtrader's RSI."""
    return _values(Indicator("RSI", period=period), candles)


def atr(candles: Candles, period: int) -> Floats:
    """Backtrader's ATR."""
    return _values(Indicator("ATR", period=period), candles)


def _values(indicator: Indicator, candles: Candles) -> Floats:
    formula = twin_of(indicator) or interpreted(indicator)
    return formula.line(indicator, candles)
