"""The candle chart: a picture of a market, its indicators and its trades."""

from threading import Lock
from typing import Literal

from adapters.charts.content import (
    ChartContent,
    ChartGap,
    ChartLine,
    ChartOrder,
    ChartSignal,
    ChartTrade,
    Side,
)
from adapters.charts.looks import LOOKS, Style

__all__ = [
    "ChartContent",
    "ChartGap",
    "ChartLine",
    "ChartOrder",
    "ChartSignal",
    "ChartTrade",
    "Format",
    "Side",
    "Style",
    "draw",
    "fitting",
]

NARROWEST, WIDEST = 320, 2_400
"""How wide a chart can be, in CSS pixels."""

Format = Literal["svg", "png"]
drawing = Lock()
"""Matplotlib draws one picture at a time."""


def draw(
    content: ChartContent,
    style: Style = "light",
    format: Format = "svg",
    width: int = 900,
    *,
    density: float = 2.0,
) -> bytes:
    """A chart `width` CSS pixels wide (320 to 2,400), the same bytes for the same content.

    A PNG has `density` dots for each pixel. A chart too narrow for all its candles shows the
    newest ones. Matplotlib is imported at the first call; calls from several threads take turns.
    """
    from adapters.charts.picture import picture  # noqa: PLC0415  # with Matplotlib

    with drawing:
        fitting = min(WIDEST, max(NARROWEST, width))
        return picture(content, LOOKS[style], format, fitting, density)


def fitting(content: ChartContent, width: int) -> ChartContent:
    """What of the content a chart of that width has room for: the newest candles."""
    from adapters.charts.picture import periods_shown  # noqa: PLC0415  # with Matplotlib

    with drawing:
        return content.newest(periods_shown(content, width)) if len(content.candles) else content
