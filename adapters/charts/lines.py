"""Lines of indicators: curves, steps where a value is kept, and strips that say yes or no."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from adapters.charts.content import ChartContent, ChartLine
from adapters.charts.layers import across
from adapters.charts.layout import BETWEEN_STRIPS, STRIP, Panel
from adapters.charts.looks import Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from domain.blocks import BRIDGED
from domain.candles import Floats, Times

_WIDTH = 1.6
_RISER = 0.04
"""The part of a plot's height that a step may always rise and be joined to the one before."""

_NARROWEST_CELL = 3.0

_Flags = NDArray[np.bool_]


def draw_line(
    sheet: Sheet, plot: Plot, content: ChartContent, line: ChartLine, colour: str
) -> None:
    """An indicator."""
    xs, ys = path_of(plot, content, line)
    if len(xs):
        sheet.line(xs, ys, colour, _WIDTH, within=plot.frame)


def path_of(plot: Plot, content: ChartContent, line: ChartLine) -> Floats:
    """A line's points, of shape (2, points): a curve, or steps where it keeps its value.

    NaN where it is broken. It goes on over quiet periods, which indicators skip.
    """
    rows = np.flatnonzero(~_is_quiet(content) | np.isfinite(line.values))
    values, times = line.values[rows], content.candles.open_time[rows]
    opens, heights = plot.x(times.astype(np.float64)), plot.y(values)
    period = plot.width * content.period / (plot.end - plot.begin)
    broken = _broken(content, times, values)
    if _is_stepped(values):
        turns = np.diff(values > content.candles.close[rows], prepend=False)
        leaps = np.abs(np.diff(heights, prepend=heights[:1])) > _RISER * plot.height
        pieces = _steps(opens, period, heights, broken, turns & leaps)
    else:
        pieces = _curves(opens, period, heights, broken)
    return np.concatenate([np.empty((2, 0)), *pieces], axis=1)


def draw_strips(sheet: Sheet, content: ChartContent, flags: Panel, look: Look) -> None:
    """A strip for each line: filled where it says yes, in the colours of up and down for 1 and -1.

    A line that never says -1 has its own colour.
    """
    plot = flags.plot
    _, centre, _ = across(plot, content)
    half = max(_NARROWEST_CELL, plot.width * content.period / (plot.end - plot.begin)) / 2
    left, right = centre - half, centre + half
    for number, (line, colour) in enumerate((each.line, each.colour) for each in flags.lines):
        top = plot.top + number * (STRIP + BETWEEN_STRIPS)
        middle = top + STRIP / 2
        sheet.line((plot.left, plot.right), (middle, middle), look.grid, 1, depth=0.5)
        both = bool((line.finite < 0).any())
        for sign, own in ((1, look.up if both else colour), (-1, look.down)):
            rows = np.flatnonzero(line.values == sign)
            tops = np.full(len(rows), top)
            sheet.boxes(left[rows], right[rows], tops, tops + STRIP, own)


def _is_quiet(content: ChartContent) -> _Flags:
    candles = content.candles
    return np.asarray((candles.volume == 0) & (candles.high == candles.low))


def _broken(content: ChartContent, times: Times, values: Floats) -> _Flags:
    """Before which candles the line begins anew: behind a gap, and behind a lack of a value."""
    away = np.diff(times) > (BRIDGED + 1) * content.period
    for gap in content.gaps:
        away |= times[1:] == gap.until
    lacks = ~np.isfinite(values)
    return np.asarray(np.append(True, away | lacks[:-1])[: len(times)] & ~lacks)


def _is_stepped(values: Floats) -> bool:
    """Whether it mostly keeps its value: a level, or an indicator of a longer timeframe."""
    moves = np.diff(values)
    moves = moves[np.isfinite(moves)]
    return len(moves) > 0 and bool(np.mean(moves == 0) > 0.5)


def _curves(opens: Floats, period: float, heights: Floats, broken: _Flags) -> Iterator[Floats]:
    """Points of shape (2, points), NaN behind each curve; a lone value is as wide as its period."""
    for first, end in _runs(heights, broken):
        xs = opens[first:end] + period / 2
        if end - first == 1:
            xs = np.array([opens[first], opens[first] + period])
        yield np.array((xs, np.resize(heights[first:end], len(xs))))
        yield np.full((2, 1), np.nan)


def _steps(
    opens: Floats, period: float, heights: Floats, broken: _Flags, apart: _Flags
) -> Iterator[Floats]:
    """Levels from the open of their first period to the close of their last, mostly joined.

    Not joined are those that are `apart`: it leapt to the other side of the price.
    """
    changes = np.diff(heights, prepend=np.nan)
    for first, end in _runs(heights, broken | (changes != 0)):
        if broken[first] or apart[first]:
            yield np.full((2, 1), np.nan)
        yield np.array(((opens[first], opens[end - 1] + period), (heights[first],) * 2))


def _runs(heights: Floats, broken: _Flags) -> Iterator[tuple[int, int]]:
    """Rows from which up to which a line has values and is not broken."""
    has = np.isfinite(heights)
    firsts = np.flatnonzero(has & broken)
    ends = np.flatnonzero(np.append(broken[1:] | ~has[1:], True) & has) + 1
    yield from zip(firsts.tolist(), ends.tolist(), strict=True)
