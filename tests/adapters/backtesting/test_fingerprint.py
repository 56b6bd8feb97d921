"""A hash of candles: of all their numbers, not of how they come."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapters.backtesting.fingerprint import Fingerprint
from domain.candles import Candles
from tests.adapters.backtesting.made import walks

WALKS = walks(300)
HOURLY = {"1h": WALKS}


def hash_of(*pieces: Mapping[str, Mapping[str, Candles]]) -> str:
    fingerprint = Fingerprint()
    for piece in pieces:
        fingerprint.take(piece)
    return fingerprint.hexdigest()


def test_the_order_of_markets_and_timeframes_does_not_matter() -> None:
    both = {"1h": WALKS, "4h": WALKS}
    backwards = {name: dict(reversed(WALKS.items())) for name in ("4h", "1h")}
    assert hash_of(both) == hash_of(backwards)


def test_pieces_do_not_matter_nor_that_they_overlap() -> None:
    first = {pair: candles[:200] for pair, candles in WALKS.items()}
    second = {pair: candles[150:] for pair, candles in WALKS.items()}
    assert hash_of({"1h": first}, {"1h": second}) == hash_of(HOURLY)


def test_a_series_without_candles_does_not_matter() -> None:
    assert hash_of({"1h": {**WALKS, "XRP/USDT": Candles.none()}}) == hash_of(HOURLY)


@pytest.mark.parametrize("column", Candles.__slots__)
def test_every_number_matters(column: str) -> None:
    candles = WALKS["BTC/USDT"]
    other = getattr(candles, column).copy()
    other[-1] += 1
    changed = replace(candles, **{column: other})
    assert hash_of({"1h": {**WALKS, "BTC/USDT": changed}}) != hash_of(HOURLY)


def test_the_names_of_market_and_timeframe_matter() -> None:
    candles = WALKS["BTC/USDT"]
    hashes = {
        hash_of({frame: {pair: candles}})
        for frame, pair in (("1h", "BTC/USDT"), ("4h", "BTC/USDT"), ("1h", "ETH/USDT"))
    }
    assert len(hashes) == 3


def test_candles_are_counted_once() -> None:
    fingerprint = Fingerprint()
    for _ in range(2):
        fingerprint.take(HOURLY)
    assert fingerprint.candles == sum(map(len, WALKS.values()))
    assert fingerprint.longest("1h") == 300
    assert fingerprint.longest("4h") == 0
