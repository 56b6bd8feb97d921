"""Candles of a file on a chart: the range asked for, outages told from quiet periods."""

import numpy as np

from adapters.charts.content import ChartContent, ChartGap
from adapters.charts.filed import filed_content
from domain.candles import Candles, Series
from tests.adapters.indicators.series import HOUR, random_candles

SERIES = Series("binance", "BTC/USDT", "1h")
CANDLES = random_candles(600, seed=2)
TIMES = CANDLES.open_time
END = int(TIMES[-1]) + HOUR


def test_the_newest_candles_of_the_range_are_shown() -> None:
    shown = _content(CANDLES, since=int(TIMES[100]), until=int(TIMES[200]), count=30)
    assert shown.candles.open_time.tolist() == TIMES[170:200].tolist()
    shown = _content(CANDLES, since=int(TIMES[100]), until=int(TIMES[200]), count=1_000)
    assert shown.candles.open_time.tolist() == TIMES[100:200].tolist()
    assert len(_content(CANDLES, since=END).candles) == 0


def test_a_hole_is_an_outage_where_quiet_periods_have_candles() -> None:
    holed = CANDLES.where((np.arange(600) < 500) | (np.arange(600) > 502))
    gap = ChartGap(int(TIMES[500]), int(TIMES[503]))
    assert list(_content(holed, quiet_candles=True).gaps) == [gap]
    assert list(_content(holed, quiet_candles=True, since=int(TIMES[510])).gaps) == []


def test_a_hole_is_quiet_where_many_periods_have_no_candle() -> None:
    chance = np.random.default_rng(1)
    sparse = CANDLES.where(chance.random(600) < 0.4)
    assert list(_content(sparse, quiet_candles=True).gaps) == []


def _content(
    given: Candles, *, since: int = 0, until: int = END, count: int = 300,
    quiet_candles: bool = False,
) -> ChartContent:  # fmt: skip
    return filed_content(
        SERIES, given, since=since, until=until, count=count, quiet_candles=quiet_candles
    )
