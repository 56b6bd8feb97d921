"""The candles of the works."""

import numpy as np

from benchmarks.peers.candles import GRID, walk


def test_equal_seeds_give_equal_candles() -> None:
    assert walk(500, 7).equals(walk(500, 7))
    assert not walk(500, 7).equals(walk(500, 8))


def test_a_candle_opens_where_the_one_before_has_closed_and_holds_both() -> None:
    candles = walk(5_000, 7)
    assert candles["open"][1:].equals(candles["close"][:-1])
    assert (candles["high"] >= np.maximum(candles["open"], candles["close"])).all()
    assert (candles["low"] <= np.minimum(candles["open"], candles["close"])).all()
    assert (candles["volume"] > 0).all()


def test_prices_are_such_that_every_order_of_adding_gives_the_same_sum() -> None:
    prices = walk(5_000, 7).select("open", "high", "low", "close").to_numpy()
    assert (prices % GRID == 0).all()
