"""What a picture of equity shows: curves, drawdowns, stretches of a walk-forward."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adapters.charts.frame import Frame
from adapters.charts.looks import LABEL, Look
from adapters.charts.scale import Plot
from adapters.reports.canvas import Canvas, colour_of, draw_box, width_of
from adapters.reports.thinning import Points
from adapters.reports.words import percent
from domain.performance.curve import EquityCurve


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a curve, from `since` to `until` (ms)."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window, and the share of its first equity that it returned."""

    window: Window
    rate: float | None


def stretches_of(curve: EquityCurve, windows: Sequence[Window]) -> Iterator[Stretch]:
    """What each window of a curve with at least one point returned."""
    for window in windows:
        ends = np.array((window.since, window.until), np.int64).clip(curve.at[0])
        before, after = curve.known_at(ends).tolist()
        yield Stretch(window, after / before - 1 if before > 0 else None)


def draw_curve(canvas: Canvas, plot: Plot, equity: Points, colour: str) -> None:
    """The line of its equity."""
    shown = equity.thinned(int(plot.width))
    canvas.line(plot.x(shown.at.astype(np.float64)), plot.y(shown.values), colour, 1.5)


def draw_fall(canvas: Canvas, plot: Plot, fallen: Points, colour: str, *, filled: bool) -> None:
    """How far it lay below its highest, hanging from the top: an area, or a line among others."""
    shown = fallen.highest(int(plot.width))
    xs, ys = plot.x(shown.at.astype(np.float64)), plot.y(-shown.values)
    if filled:
        canvas.area(xs, np.full(len(xs), plot.top), ys, colour, opacity=0.4, depth=1)
    else:
        canvas.line(xs, ys, colour, 1)


def draw_stretches(
    canvas: Canvas, plots: Sequence[Plot], stretches: Sequence[Stretch], look: Look
) -> None:
    """Every other one set off, and above each, where there is room, what it returned."""
    for number, stretch in enumerate(stretches):
        left, right = (_x(plots[0], each) for each in (stretch.window.since, stretch.window.until))
        if not number % 2:
            for plot in plots:
                draw_box(canvas, Frame(left, plot.top, right, plot.bottom), look.gap, depth=0.2)
        text, middle = percent(stretch.rate, signed=True), (left + right) / 2
        if width_of(text) <= right - left:
            colour = colour_of(stretch.rate, look)
            canvas.text(middle, plots[0].top - 9, text, colour, LABEL, align="center")


def _x(plot: Plot, time: int) -> float:
    """Where a time lies, or the edge beyond which it does."""
    return min(plot.right, max(plot.left, plot.x(float(time))))
