"""TA-Lib's compiled twins of Backtrader's indicators: those that a test proves equal."""

from collections.abc import Callable

import numpy as np
import talib

from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

_DEFAULT_PERIOD = {"EMA": 30, "SMA": 30, "ATR": 14, "RSI": 14}
_TWINS: dict[str, Callable[[Candles, int], Floats]] = {
    "EMA": lambda candles, period: talib.EMA(candles.close, period),
    "SMA": lambda candles, period: talib.SMA(candles.close, period),
    "ATR": lambda candles, period: talib.ATR(candles.high, candles.low, candles.close, period),
    "RSI": lambda candles, period: _rsi(candles.close, period),
}
_PERIODS = range(2, 100_001)
"""What TA-Lib takes; Backtrader's own code computes the others."""


def compiled(indicator: Indicator) -> Callable[[Candles], Floats] | None:
    """The compiled twin, or None where there is none for this name, line and parameters."""
    parameters = dict(indicator.parameters)
    period = parameters.pop("period", _DEFAULT_PERIOD.get(indicator.name, 0))
    if indicator.name not in _TWINS or indicator.line or parameters or period not in _PERIODS:
        return None
    twin, whole = _TWINS[indicator.name], int(period)
    return lambda candles: twin(candles, whole) if len(candles) else candles.close


def _rsi(close: Floats, period: int) -> Floats:
    """Before the first move the index is 0 / 0, so there is no value.

    TA-Lib takes an average move below 1e-14 for none. The index does not depend on the scale, and
    a power of two costs no bit, so cheap coins are scaled out of its reach.
    """
    values: Floats = talib.RSI(close * 2.0**100, period)
    moved = np.flatnonzero(np.diff(close))
    values[: moved[0] + 1 if len(moved) else None] = np.nan
    return values
