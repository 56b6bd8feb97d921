"""Squeeze: counted by hand, and compared with the channels that it stands for."""

import numpy as np
import pytest

from adapters.indicators.patterns.squeeze import squeeze
from domain.candles import Candles
from tests.adapters.indicators.patterns.at_hand import SERIES
from tests.drawn import drawn, mirrored, with_candles

CALM = drawn({0: 100, 30: 100}, wick=1)  # closes at 100, ranges of 2


def test_a_market_whose_closes_stand_still_within_its_ranges_is_squeezed() -> None:
    on, momentum = squeeze(CALM)
    assert np.isnan([on[:20], momentum[:20]]).all()
    assert on[20:].tolist() == [1] * 11
    assert momentum[20:].tolist() == [0] * 11


def test_a_market_that_does_not_move_at_all_is_not_and_has_no_momentum() -> None:
    on, momentum = squeeze(drawn({0: 0.1, 30: 0.1}))
    assert on[20:].tolist() == [0] * 11
    assert momentum[20:].tolist() == [0] * 11


@pytest.mark.parametrize(("jump", "on"), [(7.8, 1), (8, 0)])
def test_it_ends_where_the_bands_are_wider_than_the_channel(jump: float, on: int) -> None:
    """Of 20 closes one is away: bands of 2 * 0.218 jumps, a channel of 1.5 * (38 + jump) / 20."""
    close = 100 + jump
    values = squeeze(with_candles(CALM, (100, close, 100, close)))
    assert values[0][-1] == on
    middle = ((close + 99) / 2 + 100 + jump / 20) / 2
    assert values[1][-1] == pytest.approx((close - middle) / ((38 + jump) / 20))


def test_in_the_mirrored_market_the_momentum_is_the_other_way() -> None:
    jump = with_candles(CALM, (100, 108, 100, 108), (108, 109, 104, 105))
    (on, momentum), (other, other_momentum) = squeeze(jump), squeeze(mirrored(jump))
    assert np.array_equal(on, other, equal_nan=True)
    assert np.allclose(momentum, -other_momentum, rtol=1e-12, atol=1e-12, equal_nan=True)
    assert momentum[-1] > 0


@pytest.mark.parametrize("candles", SERIES)
def test_it_is_on_where_the_bands_lie_inside_the_channel(candles: Candles) -> None:
    on, momentum = squeeze(candles, period=15, deviations=1.8, multiplier=1.2)
    assert 0 < np.nansum(on) < len(candles) - 15
    for row in range(15, len(candles)):
        last = candles[row - 14 : row + 1]
        before = candles.close[row - 15 : row]
        ranges = np.maximum(last.high, before) - np.minimum(last.low, before)
        mean, band = last.close.mean(), 1.8 * last.close.std()
        channel = 1.2 * ranges.mean()
        assert on[row] == (mean - channel < mean - band and mean + band < mean + channel)
        middle = ((max(last.high) + min(last.low)) / 2 + mean) / 2
        expected = (last.close[-1] - middle) / ranges.mean()
        assert momentum[row] == pytest.approx(expected, rel=1e-9, abs=1e-9)
