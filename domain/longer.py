"""Candles of a longer timeframe, put together from closed candles of a shorter one."""

import numpy as np

from domain.candles import Candles, Floats, Times
from domain.timeframes import Timeframe


class NotLonger(ValueError):
    """A longer timeframe is made of whole periods of the shorter one, as 4h is of 15m."""


def periods_in(longer: Timeframe, shorter: Timeframe) -> int:
    """How many periods of the shorter timeframe make one of the longer; raises NotLonger."""
    fits = longer.ms > shorter.ms and longer.ms % shorter.ms == 0
    if not fits or (longer.anchor - shorter.anchor) % shorter.ms:
        raise NotLonger(f"{longer} is not longer than {shorter}, or cuts it. {NotLonger.__doc__}")
    return longer.ms // shorter.ms


def put_together(candles: Candles, longer: Timeframe) -> Candles:
    """The longer candles that these make up, oldest first.

    The first one is left out unless its first period is there: a part of it may be missing. The
    last one may not be over yet.
    """
    opens = candles.open_time - (candles.open_time - longer.anchor) % longer.ms
    firsts = np.flatnonzero(np.diff(opens, prepend=opens[:1] - 1))
    if len(firsts) and candles.open_time[0] != opens[0]:
        firsts = firsts[1:]
    if not len(firsts):
        return Candles.none()
    lasts = np.append(firsts[1:], len(candles)) - 1
    return Candles(
        opens[firsts],
        candles.open[firsts],
        np.maximum.reduceat(candles.high, firsts),
        np.minimum.reduceat(candles.low, firsts),
        candles.close[lasts],
        np.add.reduceat(candles.volume, firsts),
    )


def as_seen(values: Floats, opens: Times, longer: Timeframe, closes: Times) -> Floats:
    """For each close (ms) of a shorter candle the value of the newest longer one that is over.

    `opens` are the longer candles' open times; NaN where none is over.
    """
    place = np.searchsorted(opens + longer.ms, closes, side="right") - 1
    return np.where(place >= 0, np.append(values, np.nan)[place], np.nan)
