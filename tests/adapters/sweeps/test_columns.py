"""Candles that several processes share."""

from pathlib import Path

import numpy as np
import pytest

from adapters.sweeps.columns import read, write
from domain.candles import Candles
from tests.adapters.indicators.series import random_candles

ONE, OTHER = random_candles(300, 1), random_candles(200, 2)


def are_equal(one: Candles, other: Candles) -> bool:
    columns = ((getattr(one, name), getattr(other, name)) for name in Candles.__slots__)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in columns)


def test_candles_are_read_as_they_were_written(tmp_path: Path) -> None:
    write(tmp_path, [{"1h": {"A/USDT": ONE, "B/USDT": OTHER}, "4h": {"A/USDT": ONE[:50]}}])
    found = read(tmp_path)
    assert {frame: list(by_pair) for frame, by_pair in found.items()} == {
        "1h": ["A/USDT", "B/USDT"], "4h": ["A/USDT"],
    }  # fmt: skip
    assert are_equal(found["1h"]["A/USDT"], ONE)
    assert are_equal(found["1h"]["B/USDT"], OTHER)
    assert are_equal(found["4h"]["A/USDT"], ONE[:50])


def test_pieces_that_overlap_are_put_together(tmp_path: Path) -> None:
    parts = [ONE[:100], ONE[60:100], ONE[80:250], ONE[250:]]
    write(tmp_path, ({"1h": {"A/USDT": part}} for part in parts))
    assert are_equal(read(tmp_path)["1h"]["A/USDT"], ONE)


def test_a_market_without_candles_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, [{"1h": {"A/USDT": ONE[:0], "B/USDT": OTHER}}])
    assert list(read(tmp_path)["1h"]) == ["B/USDT"]


def test_nobody_can_change_what_others_share(tmp_path: Path) -> None:
    write(tmp_path, [{"1h": {"A/USDT": ONE}}])
    with pytest.raises(ValueError, match="read-only"):
        read(tmp_path)["1h"]["A/USDT"].close[0] = 1.0
