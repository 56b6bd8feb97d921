"""The axes: times below, values at the right."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from adapters.charts.content import ChartContent
from adapters.charts.looks import CHARACTER, LABEL, Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import amount_text, price_text, price_ticks, time_ticks

_DATE, _PRICE = 54.0, 52.0
_CLEAR = 15.0
"""How far apart texts on an axis are, at least."""


class Tag(NamedTuple):
    """A price of its own on the axis, such as the stop of an open trade."""

    price: float
    colour: str


def draw_time_axis(sheet: Sheet, plots: Sequence[Plot], look: Look) -> None:
    """Lines down through all plots, and their dates (UTC) below."""
    first, below = plots[0], plots[-1].bottom + 15
    ticks = time_ticks(first.begin, first.end, int(first.width / _DATE))
    xs = first.x(np.array([float(time) for time, _ in ticks]))
    for plot in plots:
        top, bottom = np.full(len(xs), plot.top), np.full(len(xs), plot.bottom)
        starts, ends = np.column_stack((xs, top)), np.column_stack((xs, bottom))
        sheet.strokes(starts, ends, look.grid, 1, depth=0.5)
    for x, (_, label) in zip(xs.tolist(), ticks, strict=True):
        if x - len(label) * CHARACTER / 2 > 0:
            sheet.text(x, below, label, look.muted, LABEL, align="center")


def draw_price_axis(
    sheet: Sheet, plot: Plot, content: ChartContent, look: Look, tags: Iterable[Tag]
) -> None:
    """Round prices, what has its own place between them, and the newest close in a box."""
    span = plot.high - plot.low
    close = float(content.candles.close[-1])
    rose = close >= content.candles.open[-1]
    taken = [plot.y(close)]
    for tag in tags:
        if plot.holds(tag.price) and _is_free(taken, plot.y(tag.price)):
            taken.append(plot.y(tag.price))
            sheet.text(plot.right + 8, taken[-1], price_text(tag.price, span), tag.colour, LABEL)
    for price in price_ticks(plot.low, plot.high, int(plot.height / _PRICE)):
        text = price_text(price, span) if _is_free(taken, plot.y(price)) else ""
        draw_tick(sheet, plot, price, text, look)
    _draw_newest_close(sheet, plot, close, look.up if rose else look.down, look)


def draw_value_axis(sheet: Sheet, plot: Plot, guides: Sequence[float], look: Look) -> None:
    """Guides, set off; where there are none a few round values, of which zero is."""
    for value in guides or price_ticks(plot.low, plot.high, 3):
        draw_tick(sheet, plot, value, amount_text(value), look)
    for value in guides or (0.0,):
        if plot.holds(value):
            y = plot.y(value)
            sheet.line((plot.left, plot.right), (y, y), look.muted, 0.8, dashes=(1, 3), depth=0.6)


def draw_tick(sheet: Sheet, plot: Plot, value: float, text: str, look: Look) -> None:
    """A line across the plot, and what it stands for on the right."""
    y = plot.y(value)
    sheet.line((plot.left, plot.right), (y, y), look.grid, 1, depth=0.5)
    if text:
        sheet.text(plot.right + 8, y, text, look.muted, LABEL)


def _draw_newest_close(sheet: Sheet, plot: Plot, close: float, colour: str, look: Look) -> None:
    y, text = plot.y(close), price_text(close, plot.high - plot.low)
    sheet.line((plot.left, plot.right), (y, y), colour, 0.8, dashes=(1, 3), depth=1.5)
    sheet.text(plot.right + 8, y, text, look.background, LABEL, bold=True, box=colour)


def _is_free(taken: Sequence[float], y: float) -> bool:
    return all(abs(y - each) >= _CLEAR for each in taken)
