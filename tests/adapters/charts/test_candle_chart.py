"""The candle chart: always a picture, always the same one."""

from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import numpy as np
import pytest

from adapters.charts.candle_chart import ChartContent, ChartTrade, draw
from adapters.charts.looks import Style
from domain.candles import Candles
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR, random_candles

CANDLES = random_candles(400, seed=4, quiet=0.02, outages=1)
EARLY, LATE = from_ms(int(CANDLES.open_time[20])), from_ms(int(CANDLES.open_time[-15]))
FIVES = np.full(3, 5.0)
LAST = float(CANDLES.close[-1])
TRADES = (
    ChartTrade("long", EARLY, 100, LATE, LAST * 1.01, 90, 120, 12.5),
    ChartTrade("short", LATE, LAST, LATE, LAST * 1.02, LAST * 1.01, 0.01, -3.1),
    ChartTrade("long", LATE, LAST, None, None, LAST * 0.98, None),
)
CONTENT = ChartContent(
    "binance",
    "BTC/USDT",
    "1h",
    CANDLES,
    {"EMA 8": CANDLES.close * 1.01, "EMA 21": np.full(400, np.nan)},
    {"ATR 14": CANDLES.high - CANDLES.low},
    TRADES,
)


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


@pytest.mark.parametrize(
    "candles",
    [
        Candles.none(),
        CANDLES[:1],
        CANDLES[:2],
        Candles(np.arange(3) * HOUR, FIVES, FIVES, FIVES, FIVES, FIVES * 0),
    ],
    ids=["none", "one", "two", "flat and without volume"],
)
def test_few_or_flat_candles_are_a_chart_too(candles: Candles) -> None:
    content = ChartContent("binance", "BTC/USDT", "1h", candles, {"EMA 8": candles.close})
    assert b"</svg>" in draw(content)


def test_the_same_content_is_the_same_bytes_in_any_thread() -> None:
    expected = draw(CONTENT)
    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(lambda _: draw(CONTENT), range(4))) == {expected}


def test_a_narrow_chart_shows_the_newest_candles_that_fit() -> None:
    shown = CONTENT.newest(50)
    assert shown.candles.open_time[-1] == CANDLES.open_time[-1]
    assert shown.candles.open_time[0] > CANDLES.open_time[-1] - 50 * HOUR
    assert all(len(line) == len(shown.candles) for line in shown.overlays.values())
    assert len(draw(CONTENT, width=360)) < len(draw(CONTENT, width=1_200))


def test_trades_that_ended_before_the_first_candle_are_not_shown() -> None:
    old = ChartTrade("long", EARLY, 100, EARLY, 101)
    content = ChartContent("binance", "BTC/USDT", "1h", CANDLES, trades=(old, *TRADES))
    assert list(content.newest(50).trades) == list(TRADES)
