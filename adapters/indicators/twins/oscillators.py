"""Oscillators made of averages."""

import numpy as np
import talib

from adapters.indicators.formula import Lines
from adapters.indicators.twins.division import quotient, until_zero
from adapters.indicators.twins.smoothing import ema
from adapters.indicators.twins.sums import exact_means
from adapters.indicators.twins.twin import Twin
from domain.candles import Candles, Floats

_SCALE = 2.0**700
"""TA-Lib takes an average move below 1e-14 for none. The index does not depend on the scale, and a
power of two costs no bit, so that cheap coins and long calms are scaled out of its reach."""


def _rsi(values: Floats, *, period: int, **_: float) -> Lines:
    """Before the first move the index is 0 / 0, so there is no value."""
    index: Floats = talib.RSI(values * _SCALE, period)
    moved = values != values[0]
    index[: int(moved.argmax()) if moved[-1] or moved.any() else None] = np.nan
    return (index,)


def _macd(values: Floats, *, period_me1: int, period_me2: int, period_signal: int) -> Lines:
    difference = ema(values, period_me1) - ema(values, period_me2)
    return difference, ema(difference, period_signal)


def _macd_histogram(values: Floats, **parameters: int) -> Lines:
    difference, signal = _macd(values, **parameters)
    return difference, signal, difference - signal


def _awesome(candles: Candles, *, fast: int, slow: int) -> Lines:
    middle = (candles.high + candles.low) / 2.0
    return (exact_means(middle, fast) - exact_means(middle, slow),)


def _channel(candles: Candles, *, period: int, factor: float, **_: float) -> Lines:
    typical = (candles.high + candles.low + candles.close) / 3.0
    deviation = typical - exact_means(typical, period)
    divisor = factor * exact_means(np.abs(deviation), period)
    return until_zero(divisor, quotient(deviation, divisor))


_MACD = {"period_me1": 12, "period_me2": 26, "period_signal": 9}
OSCILLATORS = (
    Twin(
        ("RelativeStrengthIndex", "RSI", "RSI_SMMA", "RSI_Wilder"),
        ("rsi",), {"period": 14, "upperband": 70.0, "lowerband": 30.0}, _rsi,
    ),
    Twin(("MACD",), ("macd", "signal"), _MACD, _macd),
    Twin(("MACDHisto", "MACDHistogram"), ("macd", "signal", "histo"), _MACD, _macd_histogram),
    Twin(
        ("AwesomeOscillator", "AwesomeOsc", "AO"),
        ("ao",), {"fast": 5, "slow": 34}, _awesome, of_one=False,
    ),
    Twin(
        ("CommodityChannelIndex", "CCI"),
        ("cci",),
        {"period": 20, "factor": 0.015, "upperband": 100.0, "lowerband": -100.0},
        _channel, of_one=False,
    ),
)  # fmt: skip
