"""What the chart of candles out of a file shows."""

import numpy as np

from adapters.charts.content import ChartContent, ChartGap
from application.recording import has_quiet_candles
from domain.candles import Candles, Series
from domain.gaps import SEEN, holes, outages


def filed_content(
    series: Series, given: Candles, *, since: int, until: int, count: int, quiet_candles: bool
) -> ChartContent:
    """The newest `count` candles that open from `since` on and before `until` (ms), with gaps.

    `quiet_candles`: the exchange has candles for periods without a trade.
    """
    begin, end = np.searchsorted(given.open_time, (since, until)).tolist()
    begin = max(begin, end - count)
    quiet_candles = has_quiet_candles(
        len(given), len(holes(given.open_time, series.frame)), of_exchange=quiet_candles
    )
    judged = given.open_time[max(0, begin - 2 * SEEN) : end]
    found = outages(judged, series.frame, quiet_candles=quiet_candles)
    shown = given[begin:end]
    gaps = [ChartGap(hole.since, hole.until) for hole in found if _is_in(hole.until, shown)]
    return ChartContent(*series, shown, gaps=gaps)


def _is_in(until: int, shown: Candles) -> bool:
    return len(shown) > 0 and until > shown.open_time[0]
