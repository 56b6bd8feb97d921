"""Where everything lies on a chart: header, prices, flags, volume and panels, from the top."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from math import isfinite

from adapters.charts.content import ChartContent, ChartLine
from adapters.charts.guides import guides_of
from adapters.charts.legend import Entry, Placed, height_of, placed
from adapters.charts.lettering import width_of
from adapters.charts.looks import LABEL, Look
from adapters.charts.scale import Plot, price_range, spread
from adapters.charts.ticks import amount_text, price_text, value_text

Colours = Iterator[str]

SIDE = 12.0
STRIP, BETWEEN_STRIPS = 8.0, 4.0

_TITLE, _FOOTER, _BETWEEN = 36.0, 30.0, 14.0
_VOLUME, _PANEL = 38.0, 56.0
_NARROWEST_AXIS = 58.0
_FEWEST = 24
"""The room of so many periods is there even for one candle."""


@dataclass(frozen=True, slots=True)
class Coloured:
    """A line with its colour."""

    line: ChartLine
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share a plot, below their legend; without a scale if they have no values."""

    title: str
    lines: Sequence[Coloured]
    legend: Sequence[Placed]
    plot: Plot
    has_scale: bool = True

    @property
    def top(self) -> float:
        """Where its legend begins."""
        return self.plot.top - height_of(self.legend)


@dataclass(frozen=True, slots=True)
class Layout:
    """All parts of a chart, in pixels."""

    height: int
    prices: Panel
    flags: Panel | None
    volume: Panel
    panels: Sequence[Panel]

    @property
    def plots(self) -> list[Plot]:
        """All plots, from the top."""
        flags = [self.flags] if self.flags else []
        return [panel.plot for panel in (self.prices, *flags, self.volume, *self.panels)]


def axis_width(content: ChartContent) -> float:
    """The room that the price axis needs at the right."""
    low, high = price_range(content)
    texts = (price_text(price, high - low) for price in (low, high))
    return max(_NARROWEST_AXIS, *(width_of(text, LABEL, bold=True) + 18 for text in texts))


def laid_out(content: ChartContent, look: Look, width: int) -> Layout:
    """The layout of a chart that has candles."""
    colours = cycle(look.lines)
    begin = min(content.begin, content.end - _FEWEST * content.period)
    plot = Plot(SIDE, 0, width - SIDE - axis_width(content), 0, begin, content.end)
    height = min(460.0, max(250.0, width * 0.45))
    prices = _prices(content, colours, plot, height)
    bottom = prices.plot.bottom
    flags = None
    if content.flags:
        flags = _flags(content, colours, plot, bottom + _BETWEEN / 2)
        bottom = flags.plot.bottom
    volume = _volume(content, colours, look, plot, bottom + _BETWEEN)
    bottom = volume.plot.bottom
    panels = []
    for title, lines in content.panels.items():
        panels.append(_panel(title, lines, colours, look, plot, bottom + _BETWEEN))
        bottom = panels[-1].plot.bottom
    return Layout(int(bottom + _FOOTER), prices, flags, volume, panels)


def _coloured(lines: Sequence[ChartLine], colours: Colours) -> list[Coloured]:
    return [Coloured(line, next(colours)) for line in lines]


def _prices(content: ChartContent, colours: Colours, plot: Plot, height: float) -> Panel:
    low, high = price_range(content)
    lines = _coloured(content.overlays, colours)
    legend = placed((_entry(each, high - low, price_text) for each in lines), plot.right)
    top = _TITLE + height_of(legend) + 8
    return Panel("", lines, legend, replace(plot, top=top, height=height, low=low, high=high))


def _flags(content: ChartContent, colours: Colours, plot: Plot, top: float) -> Panel:
    lines = _coloured(content.flags, colours)
    legend = placed([Entry(each.line.name, each.colour) for each in lines], plot.width)
    height = len(lines) * (STRIP + BETWEEN_STRIPS)
    return Panel("", lines, legend, replace(plot, top=top + height_of(legend), height=height))


def _volume(content: ChartContent, colours: Colours, look: Look, plot: Plot, top: float) -> Panel:
    lines = _coloured(content.over_volume, colours)
    tops = [float(line.finite.max(initial=0)) for line in content.over_volume]
    most = max([float(content.candles.volume.max()), *tops])
    entries = [_entry(each, most, _in_short) for each in lines]
    legend = placed([Entry("Volume", look.muted), *entries], plot.width)
    plot = replace(plot, top=top + height_of(legend), height=_VOLUME, high=most * 1.06 or 1.0)
    return Panel("Volume", lines, legend, plot, bool(most))


def _panel(
    title: str,
    of: Sequence[ChartLine],
    colours: Colours,
    look: Look,
    plot: Plot,
    top: float,
) -> Panel:
    lines = _coloured(of, colours)
    scale = spread(of, guides_of(title))
    low, high = scale or (0.0, 1.0)
    entries = [_entry(each, high - low, value_text) for each in lines]
    if [line.name.casefold() for line in of] != [title.casefold()]:
        entries = [Entry(title, look.muted), *entries]
    legend = placed(entries, plot.width)
    plot = replace(plot, top=top + height_of(legend), height=_PANEL, low=low, high=high)
    return Panel(title, lines, legend, plot, scale is not None)


def _in_short(amount: float, _: float) -> str:
    return amount_text(amount)


def _entry(of: Coloured, span: float, in_words: Callable[[float, float], str]) -> Entry:
    """A line's name, and its newest value if it has one."""
    last = of.line.last
    value = f"  {in_words(last, span)}" if isfinite(last) else ""
    return Entry(f"{of.line.name}{value}", of.colour)
