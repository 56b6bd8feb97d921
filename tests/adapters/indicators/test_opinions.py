"""A strategy's opinion, with real indicators: live, block by block and after a restart."""

import numpy as np
import pytest

from adapters.indicators.engine import compute, warm_up
from adapters.strategies.sources import source_of
from domain.account.period import Opinion
from domain.blocks import Window, needed, windows
from domain.candles import Candles
from domain.strategies import strategy
from domain.strategies.ema_cross import EmaCross
from domain.strategies.evaluate import opinion, opinions_of_block
from domain.strategies.strategy import Indicator, Strategy
from domain.timeframes import timeframe
from tests.adapters.indicators.series import HOURLY, random_candles, recorded
from tests.strategies import candles_of_warm_up

HOUR = timeframe("1h")
QUICK = EmaCross(fast=3, slow=7, atr=5)
RANDOM = [
    random_candles(2_500, seed=1),
    random_candles(2_500, seed=2, quiet=0.1, outages=3),
    random_candles(1_500, seed=3, quiet=0.02, outages=1),
]
RECORDED = [recorded(path)[-2_000:] for path in HOURLY[::8]]


@pytest.mark.parametrize("number", range(len(RANDOM)))
@pytest.mark.parametrize("kind", [QUICK, EmaCross()])
def test_a_block_says_what_was_said_candle_by_candle(number: int, kind: Strategy) -> None:
    assert block_by_block(kind, RANDOM[number]) == candle_by_candle(kind, RANDOM[number])


@pytest.mark.skipif(not HOURLY, reason="needs the recorded candles")
@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_recorded_blocks_say_what_was_said_candle_by_candle(number: int) -> None:
    said = block_by_block(QUICK, RECORDED[number])
    assert said == candle_by_candle(QUICK, RECORDED[number])
    assert len(said) > 20
    assert any(each.enter for _, each in said)


def test_an_opinion_is_the_same_after_a_restart() -> None:
    candles = RANDOM[1]
    for time, said in block_by_block(QUICK, candles)[::5]:
        until = int(np.searchsorted(candles.open_time, time)) + 1
        window = Window(HOUR, candles_of_warm_up(QUICK))
        since, count = needed(time, HOUR, candles_of_warm_up(QUICK))
        window.reload(candles[:until].where(candles.open_time[:until] >= since)[-count:])
        assert opinion(QUICK, "BTC/USDT", window, compute) == said


def test_nothing_is_said_before_the_warm_up_is_over() -> None:
    said = block_by_block(QUICK, RANDOM[0])
    assert said[0][0] >= RANDOM[0].open_time[candles_of_warm_up(QUICK)]


def test_after_an_outage_the_warm_up_starts_anew() -> None:
    candles = RANDOM[1]
    holes = np.flatnonzero(np.diff(candles.open_time) > 200 * HOUR.ms) + 1
    times = {time for time, _ in block_by_block(QUICK, candles)}
    for hole in holes:
        assert times.isdisjoint(candles.open_time[hole : hole + candles_of_warm_up(QUICK)].tolist())


@pytest.mark.parametrize(
    "indicator",
    [
        Indicator("EMA", period=8),
        Indicator("EMA", period=21),
        Indicator("EMA", period=50),
        Indicator("ATR", period=7),
        Indicator("ATR", period=14),
        Indicator("RSI", period=14),
        Indicator("MACD", line="signal"),
    ],
    ids=str,
)
def test_the_warm_up_makes_where_the_history_begins_irrelevant(indicator: Indicator) -> None:
    histories = [RANDOM[0], *(recorded(path)[-3_000:] for path in HOURLY[::6])]
    for candles in histories:
        whole = compute(indicator, candles)
        for begin in range(100, len(candles) - warm_up(indicator), 500):
            part = compute(indicator, candles[begin : begin + warm_up(indicator) + 10])
            settled = part[warm_up(indicator) :]
            expected = whole[begin + warm_up(indicator) :][: len(settled)]
            floor = 1e-11 * np.abs(candles.close).max() if indicator.name == "MACD" else 0
            assert np.allclose(settled, expected, rtol=1e-11, atol=floor)


def test_the_source_of_a_strategy_is_its_module_and_its_hash() -> None:
    source = source_of(strategy("ema_cross", {}))
    assert "class EmaCross" in source.text
    assert source == source_of(EmaCross)
    assert len(source.sha256) == 64


def block_by_block(kind: Strategy, candles: Candles) -> list[tuple[int, Opinion]]:
    return [
        said
        for window in windows(candles, HOUR, candles_of_warm_up(kind))
        for said in opinions_of_block(kind, "BTC/USDT", window, compute)
    ]


def candle_by_candle(kind: Strategy, candles: Candles) -> list[tuple[int, Opinion]]:
    window, heard = Window(HOUR, candles_of_warm_up(kind)), []
    for row in range(len(candles)):
        window.extend(candles[row : row + 1])
        said = opinion(kind, "BTC/USDT", window, compute)
        if said is not None:
            heard.append((int(candles.open_time[row]), said))
    return heard
