"""A chart's picture: header, price, volume and panels, one below the other."""

from dataclasses import dataclass, replace

import numpy as np

from adapters.charts.content import ChartContent
from adapters.charts.layers import draw_candles, draw_line, draw_volume
from adapters.charts.looks import CHARACTER, LABEL, LEGEND, NARROWEST_CANDLE, TITLE, Look
from adapters.charts.scale import Plot, price_range, spread
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import amount_text, price_text, price_ticks, time_ticks
from adapters.charts.trades import draw_trades
from domain.candles import Floats
from domain.times import from_ms

_SIDE, _HEADER, _FOOTER, _BETWEEN = 12.0, 62.0, 30.0, 14.0
_VOLUME, _PANEL = 46.0, 62.0
_DATE, _PRICE = 54.0, 52.0
_BETWEEN_LEGENDS = 12.0


@dataclass(frozen=True, slots=True)
class _Picture:
    """What is drawn, on what and how."""

    sheet: Sheet
    content: ChartContent
    look: Look

    def colour(self, number: int) -> str:
        """The colour of the indicator of that number, overlays first."""
        return self.look.lines[number % len(self.look.lines)]


def picture(content: ChartContent, look: Look, file_format: str, width: int, dots: float) -> bytes:
    """The chart as the bytes of a file."""
    room = width - _SIDE - _price_label_width(content)
    content = content.newest(int(room / NARROWEST_CANDLE))
    price_height = min(460.0, max(250.0, width * 0.45))
    below = _VOLUME + _BETWEEN + len(content.panels) * (_PANEL + _BETWEEN)
    sheet = Sheet(width, int(_HEADER + price_height + below + _FOOTER), look.background)
    drawn = _Picture(sheet, content, look)
    _title(drawn)
    if len(content.candles):
        _plots(drawn, room, price_height)
    else:
        middle = (width / 2, sheet.height / 2)
        sheet.text(*middle, "No candles yet", look.muted, TITLE, align="center")
    title = f"{content.pair} {content.timeframe} {content.exchange}"
    return sheet.png(title, dots) if file_format == "png" else sheet.svg(title)


def _plots(drawn: _Picture, room: float, height: float) -> None:
    times, (low, high) = drawn.content.candles.open_time, price_range(drawn.content)
    begin, end = int(times[0]), int(times[-1]) + drawn.content.period
    plot = Plot(_SIDE, _HEADER, room, height, begin, end, low, high)
    plots = [plot, replace(plot, top=plot.bottom + _BETWEEN, height=_VOLUME)]
    for _ in drawn.content.panels:
        plots.append(replace(plot, top=plots[-1].bottom + _BETWEEN, height=_PANEL))
    _time_axis(drawn, plots)
    _price(drawn, plots[0])
    _volume(drawn, plots[1])
    for number, (name, line) in enumerate(drawn.content.panels.items()):
        _panel(drawn, plots[2 + number], name, line, len(drawn.content.overlays) + number)


def _price(drawn: _Picture, plot: Plot) -> None:
    content, look, span = drawn.content, drawn.look, plot.high - plot.low
    last = plot.y(float(content.candles.close[-1]))
    for price in price_ticks(plot.low, plot.high, int(plot.height / _PRICE)):
        text = "" if abs(plot.y(price) - last) < 18 else price_text(price, span)
        _value_tick(drawn, plot, price, text)
    draw_candles(drawn.sheet, plot, content, look)
    for number, line in enumerate(content.overlays.values()):
        draw_line(drawn.sheet, plot, content, line, drawn.colour(number))
    draw_trades(drawn.sheet, plot, content, look)
    _newest_close(drawn, plot, last)


def _newest_close(drawn: _Picture, plot: Plot, y: float) -> None:
    """The newest close, in a box on the price axis."""
    candles, look = drawn.content.candles, drawn.look
    colour = look.up if candles.close[-1] >= candles.open[-1] else look.down
    text = price_text(float(candles.close[-1]), plot.high - plot.low)
    drawn.sheet.line((plot.left, plot.right), (y, y), colour, 0.8, dashes=(1, 3), depth=1.5)
    drawn.sheet.text(plot.right + 8, y, text, look.background, LABEL, bold=True, box=colour)


def _volume(drawn: _Picture, plot: Plot) -> None:
    most = float(drawn.content.candles.volume.max())
    plot = replace(plot, low=0.0, high=most * 1.35 or 1.0)
    if most:
        _value_tick(drawn, plot, most, amount_text(most))
    draw_volume(drawn.sheet, plot, drawn.content, drawn.look)
    _name(drawn, plot, "Volume", drawn.look.muted)


def _panel(drawn: _Picture, plot: Plot, name: str, line: Floats, number: int) -> None:
    low, high = spread(line)
    plot = replace(plot, low=low, high=high + (high - low) * 0.35)
    for value in price_ticks(low, high, 3):
        _value_tick(drawn, plot, value, amount_text(value))
    draw_line(drawn.sheet, plot, drawn.content, line, drawn.colour(number))
    _name(drawn, plot, _with_last(name, line, high - low), drawn.colour(number))


def _value_tick(drawn: _Picture, plot: Plot, value: float, text: str) -> None:
    """A line across the plot, and what it stands for on the right."""
    y = plot.y(value)
    drawn.sheet.line((plot.left, plot.right), (y, y), drawn.look.grid, 1, depth=0.5)
    if text:
        drawn.sheet.text(plot.right + 8, y, text, drawn.look.muted, LABEL)


def _time_axis(drawn: _Picture, plots: list[Plot]) -> None:
    """Lines down through all plots, and their dates (UTC) below."""
    first = plots[0]
    ticks = time_ticks(first.begin, first.end, int(first.width / _DATE))
    xs = first.x(np.array([float(time) for time, _ in ticks]))
    for plot in plots:
        top, bottom = np.full(len(xs), plot.top), np.full(len(xs), plot.bottom)
        starts, ends = np.column_stack((xs, top)), np.column_stack((xs, bottom))
        drawn.sheet.strokes(starts, ends, drawn.look.grid, 1, depth=0.5)
    for x, (_, label) in zip(xs.tolist(), ticks, strict=True):
        if x - len(label) * CHARACTER / 2 > 0:
            below = plots[-1].bottom + 15
            drawn.sheet.text(x, below, label, drawn.look.muted, LABEL, align="center")


def _name(drawn: _Picture, plot: Plot, text: str, colour: str) -> None:
    drawn.sheet.text(plot.left, plot.top + 4, text, colour, LABEL)


def _title(drawn: _Picture) -> None:
    sheet, content, look = drawn.sheet, drawn.content, drawn.look
    behind = sheet.text(_SIDE, 20, content.pair, look.text, TITLE, bold=True)
    market = f"{content.timeframe} · {content.exchange}"
    sheet.text(behind + _BETWEEN_LEGENDS, 20, market, look.muted, LEGEND)
    if not len(content.candles):
        return
    low, high = price_range(content)
    x = _SIDE
    for number, (name, line) in enumerate(content.overlays.items()):
        text = _with_last(name, line, high - low)
        x = sheet.text(x, 44, text, drawn.colour(number), LEGEND) + _BETWEEN_LEGENDS
    if sheet.width >= 520:
        sheet.text(sheet.width - _SIDE, 20, _dates(content), look.muted, LEGEND, align="right")


def _dates(content: ChartContent) -> str:
    """From when to when the candles are."""
    times = content.candles.open_time
    begin, end = from_ms(int(times[0])), from_ms(int(times[-1]) + content.period)
    return f"{begin.day} {begin:%b %Y} to {end.day} {end:%b %Y %H:%M} UTC"


def _with_last(name: str, line: Floats, span: float) -> str:
    finite = line[np.isfinite(line)]
    return f"{name}  {price_text(float(finite[-1]), span)}" if len(finite) else name


def _price_label_width(content: ChartContent) -> float:
    if not len(content.candles):
        return _SIDE
    low, high = price_range(content)
    longest = max(len(price_text(price, high - low)) for price in (low, high))
    return max(48.0, longest * CHARACTER + 20)
