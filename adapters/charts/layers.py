"""What lies on a plot: candles, volumes and lines of indicators."""

import numpy as np

from adapters.charts.content import ChartContent
from adapters.charts.looks import Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from domain.candles import Candles, Floats

_BODY = 0.7
"""The part of a period that a candle's body fills."""


def draw_candles(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """Wicks and bodies."""
    candles = content.candles
    left, centre, right = _across(plot, content)
    low, high = plot.y(candles.low), plot.y(candles.high)
    open_, close = plot.y(candles.open), plot.y(candles.close)
    for rows, colour in _by_colour(candles, look):
        starts, ends = np.column_stack((centre, low)), np.column_stack((centre, high))
        sheet.strokes(starts[rows], ends[rows], colour, 1)
        sheet.boxes(left[rows], right[rows], close[rows], open_[rows], colour, edge=0.8)


def draw_volume(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """A column for each candle, in its colour."""
    left, _, right = _across(plot, content)
    top = plot.y(content.candles.volume)
    bottom = np.full(len(top), plot.bottom)
    for rows, colour in _by_colour(content.candles, look):
        sheet.boxes(left[rows], right[rows], top[rows], bottom[rows], colour, opacity=0.55)


def draw_line(sheet: Sheet, plot: Plot, content: ChartContent, line: Floats, colour: str) -> None:
    """An indicator, broken where periods are missing."""
    _, centre, _ = _across(plot, content)
    missing = np.flatnonzero(np.diff(content.candles.open_time) > content.period) + 1
    xs, ys = (np.insert(each, missing, np.nan) for each in (centre, plot.y(line)))
    sheet.line(xs, ys, colour, 1.6)


def _across(plot: Plot, content: ChartContent) -> tuple[Floats, Floats, Floats]:
    """The left side, the middle and the right side of each candle's body."""
    opens = plot.x(content.candles.open_time.astype(np.float64))
    period = plot.width * content.period / (plot.end - plot.begin)
    margin = (1 - _BODY) / 2 * period
    return opens + margin, opens + period / 2, opens + period - margin


def _by_colour(candles: Candles, look: Look) -> tuple[tuple[np.ndarray, str], ...]:
    rose = candles.close >= candles.open
    return (np.flatnonzero(rose), look.up), (np.flatnonzero(~rose), look.down)
