"""The candle chart: always a picture, always the same one."""

import gc
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from adapters.charts.candle_chart import (
    ChartContent,
    ChartGap,
    ChartLine,
    ChartOrder,
    ChartSignal,
    ChartTrade,
    Style,
    draw,
    fitting,
)
from domain.candles import Candles
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR, random_candles

CANDLES = random_candles(400, seed=4, quiet=0.02, outages=1)
EARLY, LATE = from_ms(int(CANDLES.open_time[20])), from_ms(int(CANDLES.open_time[-15]))
FIVES = np.full(3, 5.0)
LAST = float(CANDLES.close[-1])
HOURS = timedelta(hours=1)
TRADES = (
    ChartTrade("long", EARLY, 100, LATE, LAST * 1.01, 90, 120, 12.5),
    ChartTrade("short", LATE, LAST, LATE, LAST * 1.02, LAST * 1.01, 0.01, -3.1),
    ChartTrade(
        "long", LATE, LAST, None, None, LAST * 0.98, None,
        moves=[(LATE + 2 * HOURS, LAST * 0.99), (LATE + 5 * HOURS, LAST * 1.001)],
    ),
)  # fmt: skip
FLAGS = np.where(np.arange(400) % 50, 0.0, 1.0)
LEVEL = np.where(np.arange(400) % 90 < 30, LAST * 1.02, np.nan)
LINES = (
    ChartLine("fast", CANDLES.close * 1.01),
    ChartLine("never there", np.full(400, np.nan)),
    ChartLine("level", LEVEL),
    ChartLine("found", FLAGS),
    ChartLine("trend", np.where(np.arange(400) < 380, 1.0, -1.0), "Supertrend"),
    ChartLine("rsi", 50 + 30 * np.sin(np.arange(400.0)), "RSI(period=14)"),
    ChartLine("macd", CANDLES.close - 100, "MACD"),
    ChartLine("signal", CANDLES.close - 101, "MACD"),
    ChartLine("nothing", np.full(400, np.nan), "Nothing"),
    ChartLine("span_a", CANDLES.close * 0.99),
    ChartLine("span_b", np.roll(CANDLES.close, 9)),
)
SIGNALS = (
    ChartSignal("enter", "long", int(CANDLES.open_time[-90]), LAST * 0.97, LAST * 1.05),
    ChartSignal("exit", "long", int(CANDLES.open_time[-60])),
    ChartSignal("exit", "long", int(CANDLES.open_time[-30])),
    ChartSignal("enter", "short", int(CANDLES.open_time[-30]), LAST * 1.03, LAST * 0.9),
    ChartSignal("enter", "long", int(CANDLES.open_time[-1])),
)
ORDERS = (ChartOrder("long", LATE, LAST * 0.98), ChartOrder("short", EARLY, LAST * 1.02, LATE))
CONTENT = ChartContent(
    "binance",
    "BTC/USDT",
    "1h",
    CANDLES,
    LINES,
    TRADES,
    SIGNALS,
    ORDERS,
    [ChartGap(int(CANDLES.open_time[100]) + HOUR, int(CANDLES.open_time[101]))],
    "everything",
)
LONG = "A very long name that no chart has room for " * 5


@pytest.mark.parametrize("style", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 900, 2_400])
def test_a_chart_is_an_svg_of_its_width_with_a_title(style: Style, width: int) -> None:
    root = ElementTree.fromstring(draw(CONTENT, style, "svg", width))
    assert root.get("width") == f"{width * 0.75:g}pt"
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "BTC/USDT 1h binance"


def test_a_png_has_the_dots_of_its_density() -> None:
    image = draw(CONTENT, "dark", "png", 360, density=3)
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20], "big") == 1_080


@pytest.mark.parametrize("price", [1, 2e-8, 3e12])
@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_few_candles_at_any_price_are_a_chart_too(count: int, price: float) -> None:
    some = CANDLES[:count]
    open_, high, low, close = (
        each * price for each in (some.open, some.high, some.low, some.close)
    )
    candles = Candles(some.open_time, open_, high, low, close, some.volume)
    lines = [
        ChartLine("fast", candles.close),
        ChartLine("atr", candles.high - candles.low, "ATR"),
        ChartLine("found", FLAGS[:count]),
    ]
    trades = [ChartTrade("long", EARLY, price * 100)] if count == 30 else []
    content = ChartContent("binance", "BTC/USDT", "1h", candles, lines, trades)
    assert b"</svg>" in draw(content, width=360)


@pytest.mark.parametrize("value", [5.0, 1.0, 1e-9])
def test_a_flat_market_without_volume_is_a_chart_too(value: float) -> None:
    flat = FIVES / 5 * value
    candles = Candles(np.arange(3) * HOUR, flat, flat, flat, flat, flat * 0)
    lines = [ChartLine("fast", flat), ChartLine("atr", flat * 0, "ATR")]
    assert b"</svg>" in draw(ChartContent("binance", "USDC/USDT", "1h", candles, lines))


@pytest.mark.parametrize("name", [LONG, "币安人生/USDT", "$a_1$/USDT", "<b>&/USDT", ""])
def test_any_name_can_be_drawn(name: str) -> None:
    lines = [ChartLine(name, CANDLES.close), ChartLine(name, CANDLES.volume * 2.5, name or "x")]
    content = ChartContent(name, name, "1h", CANDLES, lines)
    root = ElementTree.fromstring(draw(content, width=360))
    title = root.findtext("{http://www.w3.org/2000/svg}title")
    assert title == f"{name} 1h {name}"


def test_the_same_content_is_the_same_bytes_in_any_thread() -> None:
    expected = draw(CONTENT)
    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(lambda _: draw(CONTENT), range(4))) == {expected}


def test_all_that_a_chart_shows_makes_it_another_one() -> None:
    candles = random_candles(120, seed=4)
    bare = ChartContent("binance", "BTC/USDT", "1h", candles)
    at, price = int(candles.open_time[60]), float(candles.close[60])
    line, order = ChartLine("x", candles.close), ChartOrder("long", from_ms(at), price)
    trade = ChartTrade("long", from_ms(at), price, None, None, price * 0.98)
    moved = replace(trade, moves=[(from_ms(at) + 20 * HOURS, price * 0.99)])
    contents = [
        bare,
        replace(bare, lines=[line]),
        replace(bare, lines=[replace(line, panel="Below")]),
        replace(bare, trades=[trade]),
        replace(bare, trades=[moved]),
        replace(bare, signals=[ChartSignal("enter", "long", at, price * 0.98)]),
        replace(bare, signals=[ChartSignal("exit", "long", at)]),
        replace(bare, orders=[order]),
        replace(bare, gaps=[ChartGap(at, at + 9 * HOUR)]),
        replace(bare, strategy="ema_cross"),
    ]
    assert len({draw(content) for content in contents}) == len(contents)


def test_a_trade_that_ends_behind_the_chart_is_drawn_as_open() -> None:
    end = from_ms(CONTENT.end)
    still, later = (
        ChartTrade("long", LATE, LAST, exit, LAST * 1.01, None, None, 9.0)
        for exit in (end + HOURS, end + 2 * HOURS)
    )
    pictures = [draw(replace(CONTENT, trades=[trade])).count(b"<use") for trade in (still, later)]
    assert len(set(pictures)) == 1


def test_a_narrow_chart_shows_the_newest_candles_that_fit() -> None:
    shown = fitting(CONTENT, 360)
    assert 60 < len(shown.candles) < 150
    assert shown.candles.open_time[-1] == CANDLES.open_time[-1]
    assert all(len(line.values) == len(shown.candles) for line in shown.lines)
    assert len(draw(CONTENT, width=360)) < len(draw(CONTENT, width=1_200))


def test_sixty_charts_leave_nothing_behind() -> None:
    def drawn(count: int) -> int:
        for number in range(count):
            format_ = "png" if number % 2 else "svg"
            draw(replace(CONTENT, pair=f"COIN{number:03}/USDT"), "dark", format_, 360, density=1)  # type: ignore[arg-type]
        gc.collect()
        return len(gc.get_objects())

    before = drawn(6)
    assert drawn(60) - before < 60


def test_what_lies_within_a_plot_is_shown_in_an_svg_too() -> None:
    svg = draw(CONTENT, format="svg").decode()
    heights = re.findall(r'<clipPath id="\w+">\s*<rect [^>]*height="([^"]+)"', svg)
    assert heights
    assert all(float(height) > 0 for height in heights)
