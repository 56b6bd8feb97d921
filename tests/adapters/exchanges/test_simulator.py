"""Simulated candles: the same for a seed, in whatever order they are asked."""

import numpy as np
import pytest

from adapters.exchanges.sandbox.simulator import TIMEFRAMES, Simulator
from domain.candles import Candles
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON

DAY = 1_440 * MINUTE
MIDNIGHT = NOON // DAY * DAY


def same(one: Candles, other: Candles) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("open_time", "open", "high", "low", "close", "volume")
    )


def minutes(simulator: Simulator, start: int, days: int) -> Candles:
    return simulator.candles("BTC/USDT", timeframe("1m"), start, start + days * DAY)


def test_a_seed_gives_the_same_candles_in_any_order() -> None:
    forwards, backwards = Simulator(7), Simulator(7)
    days = [MIDNIGHT + day * DAY for day in range(4)]
    late_first = [minutes(backwards, day, 1) for day in reversed(days)]
    early_first = [minutes(forwards, day, 1) for day in days]
    assert all(map(same, early_first, reversed(late_first)))


def test_another_seed_gives_other_candles() -> None:
    assert not same(minutes(Simulator(7), MIDNIGHT, 1), minutes(Simulator(8), MIDNIGHT, 1))


def test_candles_are_continuous_through_midnight() -> None:
    series = minutes(Simulator(7), MIDNIGHT - DAY, 5)
    assert np.array_equal(series.open[1:], series.close[:-1])
    assert np.all(np.diff(series.open_time) == MINUTE)
    assert np.max(np.abs(np.diff(np.log(series.close)))) < 0.03


@pytest.mark.parametrize("pair", Simulator(markets=40).pairs)
def test_every_pair_has_candles_that_can_be(pair: str) -> None:
    series = Simulator(7, markets=40).candles(pair, timeframe("1m"), MIDNIGHT, MIDNIGHT + 3 * DAY)
    assert np.all(series.high >= np.maximum(series.open, series.close))
    assert np.all(series.low <= np.minimum(series.open, series.close))
    assert np.all(series.low > 0)
    assert np.all(series.volume >= 0)
    assert len(set(series.close.tolist())) > 100


@pytest.mark.parametrize("name", TIMEFRAMES[1:])
def test_longer_candles_are_made_of_the_minutes(name: str) -> None:
    simulator, frame = Simulator(7), timeframe(name)
    series = simulator.candles("ETH/USDT", frame, MIDNIGHT, MIDNIGHT + DAY)
    parts = simulator.candles("ETH/USDT", timeframe("1m"), MIDNIGHT, MIDNIGHT + frame.ms)
    assert len(series) == DAY // frame.ms
    assert series.open[0] == parts.open[0]
    assert series.high[0] == parts.high.max()
    assert series.low[0] == parts.low.min()
    assert series.close[0] == parts.close[-1]
    assert series.volume[0] == pytest.approx(parts.volume.sum())


def test_some_numbers_never_change() -> None:
    """The golden candle: should it change, every recorded run of the sandbox changes with it."""
    series = minutes(Simulator(7), NOON, 1)
    assert [float(column[0]) for column in (series.open, series.close)] == [49198.29, 49166.13]
