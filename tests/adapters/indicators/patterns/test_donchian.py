"""Donchian channels: of the candles before, and not of the candle itself."""

import numpy as np
import pytest

from adapters.indicators.patterns.donchian import donchian
from domain.candles import Candles
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, with_candles

CANDLES = with_candles(
    drawn({0: 10}),  # (10, 10, 10, 10)
    (10, 14, 9, 12),
    (12, 13, 11, 12),
    (12, 20, 5, 19),
    (19, 19, 18, 18),
)


def test_the_channel_holds_the_candles_before_this_one() -> None:
    upper, lower, middle = donchian(CANDLES, period=2)
    assert upper[2:].tolist() == [14, 14, 20]
    assert lower[2:].tolist() == [9, 9, 5]
    assert middle[2:].tolist() == [11.5, 11.5, 12.5]
    assert np.isnan([upper[:2], lower[:2], middle[:2]]).all()


@pytest.mark.parametrize("period", [1, 20, 55])
@pytest.mark.parametrize("candles", SERIES)
def test_it_is_that_of_a_plain_loop(candles: Candles, period: int) -> None:
    upper, lower, middle = donchian(candles, period=period)
    for row in range(period, len(candles)):
        highs, lows = candles.high[row - period : row], candles.low[row - period : row]
        assert (upper[row], lower[row]) == (max(highs), min(lows))
        assert middle[row] == (max(highs) + min(lows)) / 2
