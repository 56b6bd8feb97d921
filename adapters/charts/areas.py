"""What lies between two lines that belong together: a cloud, or a channel."""

from collections.abc import Iterator, Sequence

import numpy as np

from adapters.charts.content import ChartContent
from adapters.charts.layers import across
from adapters.charts.layout import Coloured
from adapters.charts.looks import Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from domain.candles import Floats

_CLOUD = ("span_a", "span_b")
_CHANNELS = (("upper", "lower"), ("top", "bot"))
_OPACITY = {"cloud": 0.14, "channel": 0.06}


def draw_areas(
    sheet: Sheet, plot: Plot, content: ChartContent, lines: Sequence[Coloured], look: Look
) -> None:
    """Clouds, in the colour of up where the first line is higher, and channels in their own."""
    for first, second in _pairs(lines, _CLOUD):
        a, b = first.line.values, second.line.values
        for is_above, colour in ((a >= b, look.up), (a < b, look.down)):
            _draw(sheet, plot, content, (a, b), is_above, colour, _OPACITY["cloud"])
    for names in _CHANNELS:
        for first, second in _pairs(lines, names):
            a, b = first.line.values, second.line.values
            everywhere = np.full(len(a), True)
            _draw(sheet, plot, content, (a, b), everywhere, first.colour, _OPACITY["channel"])


def _pairs(
    lines: Sequence[Coloured], names: tuple[str, str]
) -> Iterator[tuple[Coloured, Coloured]]:
    """Lines of these names; those of several strategies have their strategy's before it."""
    by_name = {each.line.name: each for each in lines}
    for name, each in by_name.items():
        strategy, _, own = name.rpartition(" ")
        other = by_name.get(f"{strategy} {names[1]}".strip())
        if own == names[0] and other is not None:
            yield each, other


def _draw(
    sheet: Sheet,
    plot: Plot,
    content: ChartContent,
    between: tuple[Floats, Floats],
    where: np.ndarray,
    colour: str,
    opacity: float,
) -> None:
    """A piece for each run of candles, to the next candle where the lines cross."""
    tops, bottoms = plot.y(between[0]), plot.y(between[1])
    has = np.isfinite(tops) & np.isfinite(bottoms)
    xs = across(plot, content)[1]
    edges = np.diff((where & has).astype(np.int8), prepend=0, append=0)
    for first, end in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        rows = slice(first, end + 1 if end < len(has) and has[end] else end)
        sheet.area(
            xs[rows], tops[rows], bottoms[rows], colour, opacity=opacity, depth=0.7,
            within=plot.frame,
        )  # fmt: skip
