"""What lies on a plot: gaps, candles and volumes."""

import numpy as np
from numpy.typing import NDArray

from adapters.charts.content import ChartContent, ChartGap
from adapters.charts.lettering import width_of
from adapters.charts.looks import LABEL, Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import length_text
from domain.candles import Candles, Floats

_BODY = 0.7
"""The part of a period that a candle's body fills."""

_CLEAR = 13.0
"""From the end of a candle to the middle of a text."""


def draw_gaps(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """Shades over the times when the exchange or the market was away."""
    for gap in content.gaps:
        left, right = _inside(plot, gap)
        if right > left:
            box = np.array([[left], [right], [plot.top], [plot.bottom]])
            sheet.boxes(box[0], box[1], box[2], box[3], look.gap, depth=0.2)


def draw_gap_reasons(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """What the shades are, where they are wide enough for it."""
    for gap in content.gaps:
        left, right = _inside(plot, gap)
        for text in (f"{gap.reason} {length_text(gap.until - gap.since)}", gap.reason):
            if width_of(text, LABEL) + 8 <= right - left:
                middle = (left + right) / 2
                sheet.text(middle, plot.top + 10, text, look.muted, LABEL, align="center")
                break


def _inside(plot: Plot, gap: ChartGap) -> tuple[float, float]:
    """From where to where a gap lies on the plot."""
    left, right = (
        min(max(plot.x(float(time)), plot.left), plot.right) for time in (gap.since, gap.until)
    )
    return left, right


def draw_candles(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """Wicks and bodies."""
    candles = content.candles
    left, centre, right = across(plot, content)
    low, high = plot.y(candles.low), plot.y(candles.high)
    open_, close = plot.y(candles.open), plot.y(candles.close)
    for rows, colour in _by_colour(candles, look):
        starts, ends = np.column_stack((centre, low)), np.column_stack((centre, high))
        sheet.strokes(starts[rows], ends[rows], colour, 1)
        sheet.boxes(left[rows], right[rows], close[rows], open_[rows], colour, edge=0.8)


def draw_volume(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """A column for each candle, in its colour."""
    left, _, right = across(plot, content)
    top = plot.y(content.candles.volume)
    bottom = np.full(len(top), plot.bottom)
    for rows, colour in _by_colour(content.candles, look):
        sheet.boxes(left[rows], right[rows], top[rows], bottom[rows], colour, opacity=0.55)


def across(plot: Plot, content: ChartContent) -> tuple[Floats, Floats, Floats]:
    """The left side, the middle and the right side of each candle's body."""
    opens = plot.x(content.candles.open_time.astype(np.float64))
    period = plot.width * content.period / (plot.end - plot.begin)
    margin = (1 - _BODY) / 2 * period
    return opens + margin, opens + period / 2, opens + period - margin


def clear_of_candles(
    plot: Plot, content: ChartContent, about: tuple[float, float], y: float, *, above: bool
) -> float:
    """The height of a text, at least as far out as `y`, that no candle touches.

    `about` is its middle and how far it reaches to either side.
    """
    candles, (x, reach) = content.candles, about
    near = np.abs(across(plot, content)[1] - x) <= reach
    heights = np.append(plot.y((candles.high if above else candles.low)[near]), y)
    return float(heights.min() - _CLEAR if above else heights.max() + _CLEAR)


def _by_colour(candles: Candles, look: Look) -> tuple[tuple[NDArray[np.intp], str], ...]:
    rose = candles.close >= candles.open
    return (np.flatnonzero(rose), look.up), (np.flatnonzero(~rose), look.down)
