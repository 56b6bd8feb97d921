"""The series that strategies are checked on: like markets, and long enough."""

import numpy as np
import pytest

from adapters.strategies.check_series import check_series
from domain.blocks import windows
from domain.candles import Candles
from domain.timeframes import timeframe

HOUR = timeframe("1h")


@pytest.mark.parametrize("warm_up", [0, 1, 420, 20_000])
@pytest.mark.parametrize("frame", ["1m", "1h", "1w"])
def test_all_series_are_candles_in_order(frame: str, warm_up: int) -> None:
    for series in check_series(timeframe(frame), warm_up):
        candles = series.candles
        assert (np.diff(candles.open_time) > 0).all()
        times = candles.open_time[:99].tolist()
        assert [timeframe(frame).open_of(time) for time in times] == times
        assert (candles.high >= np.maximum(candles.open, candles.close)).all()
        assert (candles.low <= np.minimum(candles.open, candles.close)).all()
        assert (candles.low > 0).all()
        assert (candles.volume >= 0).all()


@pytest.mark.parametrize("warm_up", [1, 420, 3_000])
def test_on_each_market_four_blocks_and_more_may_signal(warm_up: int) -> None:
    for series in check_series(HOUR, warm_up)[:2]:
        assert series.is_market
        found = list(windows(series.candles, HOUR, warm_up))
        assert sum(window.may_signal for window in found) > 4


def test_the_quiet_market_begins_anew_after_each_of_two_outages() -> None:
    candles = by_name()["quiet"]
    steps = np.diff(candles.open_time) // HOUR.ms
    outages = np.flatnonzero(steps > 200) + 1
    assert len(outages) == 2
    beginnings = {
        int(window.candles.open_time[0])
        for window in windows(candles, HOUR, 420)
        if window.begins_surely
    }
    assert beginnings >= set(candles.open_time[outages].tolist())


def test_the_quiet_market_has_flat_candles_and_missing_ones() -> None:
    candles = by_name()["quiet"]
    assert 0.8 < len(candles.traded()) / len(candles) < 0.95
    assert 0.05 < np.mean(np.diff(candles.open_time) > HOUR.ms) < 0.3


def test_volatility_comes_in_clusters() -> None:
    moves = np.abs(np.diff(np.log(by_name()["lively"].close)))
    assert np.corrcoef(moves[1:], moves[:-1])[0, 1] > 0.15
    assert np.mean(moves**4) / np.mean(moves**2) ** 2 > 5  # a normal one's would be 3


def test_moves_have_no_memory() -> None:
    moves = np.diff(np.log(by_name()["lively"].close))
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < 0.05


def test_prices_are_whole_ticks() -> None:
    for name in ("lively", "quiet"):
        close = by_name()[name].close
        assert (np.round(close, 2) == close).all()


def test_the_edges_are_what_they_are_called() -> None:
    edges = by_name()
    assert [len(edges[name]) for name in ("no candles", "a single candle", "two candles")] == [
        0,
        1,
        2,
    ]
    assert len(np.unique(edges["one price"].close)) == 1
    assert (edges["one price"].volume > 0).all()
    flat = edges["stops moving"].high == edges["stops moving"].low
    assert flat.sum() >= 300
    assert (np.diff(edges["rising"].close) > 0).all()
    assert (np.diff(edges["falling"].close) < 0).all()
    assert (edges["no volume"].volume == 0).all()
    assert edges["tiny prices"].high.max() < 1e-7
    assert edges["huge prices"].low.min() > 1e11


def test_the_series_are_the_same_each_time() -> None:
    for one, other in zip(check_series(HOUR, 99), check_series(HOUR, 99), strict=True):
        assert one.name == other.name
        for column in Candles.__slots__:
            assert np.array_equal(getattr(one.candles, column), getattr(other.candles, column))


def by_name() -> dict[str, Candles]:
    return {each.name: each.candles for each in check_series(HOUR, 420)}
