"""What a chart shows: which lines lie where, and what of it the newest periods are."""

import numpy as np

from adapters.charts.candle_chart import ChartContent, ChartGap, ChartLine, ChartSignal, ChartTrade
from domain.candles import Candles
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR, random_candles

CANDLES = random_candles(100, seed=1)
TIMES = CANDLES.open_time
NAN = float("nan")


def _content(*lines: ChartLine, candles: Candles = CANDLES) -> ChartContent:
    return ChartContent("binance", "BTC/USDT", "1h", candles, lines)


def test_lines_share_the_panel_of_their_title() -> None:
    content = _content(
        ChartLine("fast", CANDLES.close),
        ChartLine("macd", CANDLES.close, "MACD"),
        ChartLine("atr", CANDLES.close, "ATR"),
        ChartLine("signal", CANDLES.close, "MACD"),
    )
    assert [line.name for line in content.overlays] == ["fast"]
    named = {title: [line.name for line in lines] for title, lines in content.panels.items()}
    assert named == {"MACD": ["macd", "signal"], "ATR": ["atr"]}
    assert content.flags == []


def test_a_line_of_yes_and_no_is_a_flag_wherever_it_was_meant_to_be() -> None:
    yes_and_no = np.resize([0.0, 1.0], 100)
    both = np.resize([1.0, -1.0, NAN], 100)
    content = _content(
        ChartLine("found", yes_and_no),
        ChartLine("trend", both, "Supertrend"),
        ChartLine("share", yes_and_no / 2, "Share"),
        ChartLine("never", np.full(100, NAN), "Never"),
    )
    assert [line.name for line in content.flags] == ["found", "trend"]
    assert list(content.panels) == ["Share", "Never"]


def test_an_average_of_a_price_of_one_is_no_flag() -> None:
    ones = np.ones(3)
    candles = Candles(np.arange(3) * HOUR, ones, ones, ones, ones, ones)
    assert len(_content(ChartLine("fast", ones), candles=candles).overlays) == 1


def test_the_newest_periods_keep_what_reaches_into_them() -> None:
    early, late = from_ms(int(TIMES[20])), from_ms(int(TIMES[80]))
    old = ChartTrade("long", early, 100, early, 101)
    trades = [ChartTrade("long", early, 100, late, 101), ChartTrade("long", early, 100)]
    signals = [ChartSignal("enter", "long", int(TIMES[row])) for row in (20, 80)]
    gaps = [ChartGap(int(TIMES[row]), int(TIMES[row + 3])) for row in (20, 49, 80)]
    content = ChartContent(
        "binance", "BTC/USDT", "1h", CANDLES, [ChartLine("fast", CANDLES.close)],
        [old, *trades], signals, gaps=gaps,
    )  # fmt: skip
    shown = content.newest(50)
    assert shown.candles.open_time.tolist() == TIMES[50:].tolist()
    assert shown.lines[0].values.tolist() == CANDLES.close[50:].tolist()
    assert list(shown.trades) == trades
    assert list(shown.signals) == signals[1:]
    assert list(shown.gaps) == gaps[1:]


def test_missing_periods_take_room() -> None:
    holed = CANDLES.where(np.arange(100) % 2 == 0)
    assert len(_content(candles=holed).newest(50).candles) == 25
