"""Candles as Backtrader wants them: its dates, its timeframes, its lines of doubles."""

from array import array
from typing import Literal

import numpy as np

from adapters.indicators.library import backtrader
from domain.candles import Candles, Floats, Times
from domain.timeframes import MINUTE, Timeframe, timeframe

Stamped = Literal["close", "open"]
"""Which end of its period dates a bar."""

Bars = dict[str, "array[float]"]
"""Lines of one length, by Backtrader's names for them."""

_DAY = timeframe("1d").ms
_FIRST_DAY = 719_163  # 1970-01-01, as Backtrader counts days


def bars(candles: Candles, frame: Timeframe, stamped: Stamped) -> Bars:
    """All lines of a feed that holds these candles."""
    open_times = candles.open_time
    dates = at_closes(open_times + frame.ms) if stamped == "close" else at_opens(open_times)
    lines = {
        "datetime": dates,
        "open": candles.open,
        "high": candles.high,
        "low": candles.low,
        "close": candles.close,
        "volume": candles.volume,
        "openinterest": np.zeros(len(candles)),
    }
    return {name: array("d", values.tobytes()) for name, values in lines.items()}


def at_opens(times: Times) -> Floats:
    """Times (ms) as Backtrader's `date2num` gives them, to the bit."""
    return np.asarray(_FIRST_DAY + times // _DAY + times % _DAY / _DAY, dtype=np.float64)


def at_closes(times: Times) -> Floats:
    """The same; midnight ends a day, at Backtrader's 23:59:59.99999, and begins none."""
    dates = at_opens(times)
    return np.where(times % _DAY == 0, np.nextafter(dates, 0), dates)


def in_its_words(frame: Timeframe) -> tuple[int, int]:
    """Backtrader's timeframe and compression."""
    kinds = backtrader().TimeFrame
    units = {"d": (kinds.Days, _DAY), "w": (kinds.Weeks, 7 * _DAY)}
    unit, span = units.get(frame.name[-1], (kinds.Minutes, MINUTE))
    return unit, frame.ms // span
