"""The axes of a picture of equity."""

from collections.abc import Sequence

from adapters.charts.looks import LABEL, Look
from adapters.charts.scale import Plot
from adapters.charts.ticks import price_text, price_ticks, time_ticks
from adapters.reports.canvas import Canvas, width_of
from adapters.reports.words import as_read, percent

_CLEAR, _TIME, _VALUE = 15.0, 64.0, 42.0
"""How far apart texts are at least, and how much room each time and each value has."""


def axis_width(low: float, high: float, deepest: float) -> float:
    """The room that both axes need at the right, for equity from low to high and its drawdown."""
    texts = (_amount(low, high - low), _amount(high, high - low), percent(-deepest))
    return max(map(width_of, texts)) + 16


def draw_times(canvas: Canvas, plots: Sequence[Plot], look: Look) -> None:
    """Lines down through all plots, and their UTC times below."""
    first, below = plots[0], plots[-1].bottom + 15
    for time, label in time_ticks(first.begin, first.end, int(first.width / _TIME)):
        x = first.x(float(time))
        for plot in plots:
            canvas.line((x, x), (plot.top, plot.bottom), look.grid, 1, depth=0.5)
        if x > width_of(label) / 2:
            canvas.text(x, below, label, look.muted, LABEL, align="center")


def draw_equity_axis(canvas: Canvas, plot: Plot, tags: Sequence[float], look: Look) -> None:
    """Round values, and those of tags in a box."""
    span, taken = plot.high - plot.low, [plot.y(tag) for tag in tags]
    for value in price_ticks(plot.low, plot.high, int(plot.height / _VALUE)):
        y = plot.y(value)
        _draw_across(canvas, plot, y, look)
        if all(abs(y - each) >= _CLEAR for each in taken):
            canvas.text(plot.right + 8, y, _amount(value, span), look.muted, LABEL)
    for y, value in zip(taken, tags, strict=True):
        text, colour = _amount(value, span), look.lines[1]
        canvas.text(plot.right + 8, y, text, look.background, LABEL, bold=True, box=colour)


def draw_fall_axis(canvas: Canvas, plot: Plot, look: Look) -> None:
    """No drawdown at the top, and the deepest at the bottom."""
    for value in (plot.high, plot.low):
        _draw_across(canvas, plot, plot.y(value), look)
        text = percent(value, 1 if value else 0)
        canvas.text(plot.right + 8, plot.y(value), text, look.muted, LABEL)


def _draw_across(canvas: Canvas, plot: Plot, y: float, look: Look) -> None:
    canvas.line((plot.left, plot.right), (y, y), look.grid, 1, depth=0.5)


def _amount(value: float, span: float) -> str:
    return as_read(price_text(value, span))
