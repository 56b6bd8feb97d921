"""A strategy on a chart: the same lines and signals however much history is at hand."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest

from adapters.charts.computed import cut_to, history_needed, with_strategy
from adapters.charts.content import ChartContent
from adapters.indicators.engine import compute, warm_up
from domain.blocks import Window
from domain.candles import Candles, Floats
from domain.strategies.ema_cross import EmaCross
from domain.strategies.evaluate import opinion
from domain.strategies.strategy import Indicator, Rules, Strategy
from domain.timeframes import timeframe
from tests.adapters.indicators.series import random_candles

FRAME = timeframe("1h")
CANDLES = random_candles(2_000, seed=11, quiet=0.02)
STRATEGY = EmaCross(fast=3, slow=7)
WARM_UP = STRATEGY.warm_up(FRAME, warm_up)


def test_lines_and_signals_do_not_depend_on_the_history_at_hand() -> None:
    content = _content(CANDLES[-300:])
    least = cut_to(CANDLES, history_needed(content, WARM_UP))
    assert len(least) < 1_500
    few, all_ = (_with(content, history) for history in (least, CANDLES))
    assert few.signals == all_.signals
    assert len(few.signals) > 5
    for line, other in zip(few.lines, all_.lines, strict=True):
        assert line.values.tobytes() == other.values.tobytes()
        assert np.isfinite(line.values).all()


def test_signals_are_those_of_a_scan() -> None:
    content = _content(CANDLES[-60:])
    drawn = {(each.open_time, each.purpose, each.side) for each in _with(content, CANDLES).signals}
    scanned = set()
    window = Window(FRAME, WARM_UP)
    for row in range(1_000, 2_000):
        window.extend(CANDLES[row : row + 1])
        said = opinion(STRATEGY, content.pair, window, compute)
        if said is not None and row >= 1_940:
            open_time = int(CANDLES.open_time[row])
            scanned |= {(open_time, "enter", said.enter)} if said.enter else set()
            scanned |= {(open_time, "exit", said.exit)} if said.exit else set()
    assert drawn == scanned
    assert drawn


def test_a_line_begins_where_the_warm_up_is_over() -> None:
    content = _with(_content(CANDLES[:900]), CANDLES[:900])
    first = int(np.flatnonzero(np.isfinite(content.lines[0].values))[0])
    assert first >= WARM_UP
    assert all(each.open_time >= CANDLES.open_time[first] for each in content.signals)
    assert not any(len(line.finite) for line in _with(_content(CANDLES[:20]), CANDLES[:20]).lines)


def test_a_quiet_candle_has_no_value_and_no_signal() -> None:
    volume, flat = CANDLES.volume.copy(), CANDLES.close.copy()
    volume[-10] = 0
    high, low = CANDLES.high.copy(), CANDLES.low.copy()
    high[-10] = low[-10] = flat[-10]
    quiet = Candles(CANDLES.open_time, CANDLES.open, high, low, flat, volume)
    content = _content(quiet[-50:])
    drawn = _with(content, cut_to(quiet, history_needed(content, WARM_UP)))
    assert [np.isfinite(line.values).sum() for line in drawn.lines] == [49, 49, 49]


class Distances(Strategy, frozen=True):
    """Enters both ways with stops and targets that are relative to the fill."""

    name: ClassVar[str] = "distances"

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=5)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        above = candles.close > values["average"]
        fives = np.full(len(candles), 5.0)
        return Rules(
            enter_long=above, exit_long=~above, enter_short=~above, exit_short=above,
            stop_distance=fives, target_distance=2 * fives,
        )  # fmt: skip


def test_prices_relative_to_a_fill_are_drawn_as_if_it_were_the_close() -> None:
    content = _content(CANDLES[-50:])
    drawn = with_strategy(content, Distances(), 10, CANDLES)
    entries = [each for each in drawn.signals if each.purpose == "enter"]
    assert {each.side for each in entries} == {"long", "short"}
    for signal in entries:
        close = float(content.candles.close[content.candles.open_time == signal.open_time][0])
        sign = 1 if signal.side == "long" else -1
        assert signal.stop == pytest.approx(close - 5 * sign)
        assert signal.target == pytest.approx(close + 10 * sign)


def _content(candles: Candles) -> ChartContent:
    return ChartContent("binance", "BTC/USDT", "1h", candles)


def _with(content: ChartContent, history: Candles) -> ChartContent:
    return with_strategy(content, STRATEGY, WARM_UP, history)
