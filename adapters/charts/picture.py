"""A chart's picture: header, prices, flags, volume and panels, one below the other."""

from dataclasses import dataclass

from adapters.charts.areas import draw_areas
from adapters.charts.axes import draw_price_axis, draw_tick, draw_time_axis, draw_value_axis
from adapters.charts.content import ChartContent
from adapters.charts.guides import guides_of
from adapters.charts.layers import (
    draw_candles,
    draw_gap_reasons,
    draw_gaps,
    draw_volume,
)
from adapters.charts.layout import SIDE, Layout, Panel, axis_width, laid_out
from adapters.charts.legend import draw_legend
from adapters.charts.lettering import fitted, width_of
from adapters.charts.lines import draw_line, draw_strips
from adapters.charts.looks import LEGEND, NARROWEST_CANDLE, TITLE, Look
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import amount_text
from adapters.charts.trades import draw_trades, tags
from adapters.charts.wishes import draw_orders, draw_signals
from domain.times import from_ms

_EMPTY = 300
_TITLE_Y = 20.0
_WIDE = 520


@dataclass(frozen=True, slots=True)
class _Picture:
    """What is drawn, on what and how."""

    sheet: Sheet
    content: ChartContent
    look: Look


def periods_shown(content: ChartContent, width: int) -> int:
    """How many periods there is room for, at most."""
    return int((width - SIDE - axis_width(content)) / NARROWEST_CANDLE)


def picture(content: ChartContent, look: Look, file_format: str, width: int, dots: float) -> bytes:
    """The chart as the bytes of a file."""
    if len(content.candles):
        content = content.newest(periods_shown(content, width))
        layout = laid_out(content, look, width)
        drawn = _Picture(Sheet(width, layout.height, look.background), content, look)
        _plots(drawn, layout)
    else:
        drawn = _Picture(Sheet(width, _EMPTY, look.background), content, look)
        middle = (width / 2, _EMPTY / 2)
        drawn.sheet.text(*middle, "No candles yet", look.muted, TITLE, align="center")
    _title(drawn)
    title = f"{content.pair} {content.timeframe} {content.exchange}"
    return drawn.sheet.png(title, dots) if file_format == "png" else drawn.sheet.svg(title)


def _plots(drawn: _Picture, layout: Layout) -> None:
    sheet, content, look = drawn.sheet, drawn.content, drawn.look
    for plot in layout.plots:
        draw_gaps(sheet, plot, content, look)
    draw_time_axis(sheet, layout.plots, look)
    _prices(drawn, layout.prices)
    if layout.flags:
        draw_legend(sheet, layout.flags.legend, layout.flags.plot.left, layout.flags.top)
        draw_strips(sheet, content, layout.flags, look)
    _volume(drawn, layout.volume)
    for panel in layout.panels:
        _panel(drawn, panel)


def _prices(drawn: _Picture, panel: Panel) -> None:
    sheet, content, look, plot = drawn.sheet, drawn.content, drawn.look, panel.plot
    draw_legend(sheet, panel.legend, SIDE, panel.top - 8)
    draw_price_axis(sheet, plot, content, look, tags(content, look))
    draw_areas(sheet, plot, content, panel.lines, look)
    draw_candles(sheet, plot, content, look)
    for each in panel.lines:
        draw_line(sheet, plot, content, each.line, each.colour)
    draw_gap_reasons(sheet, plot, content, look)
    draw_orders(sheet, plot, content, look)
    draw_signals(sheet, plot, content, look)
    draw_trades(sheet, plot, content, look)


def _volume(drawn: _Picture, panel: Panel) -> None:
    sheet, content, look, plot = drawn.sheet, drawn.content, drawn.look, panel.plot
    draw_legend(sheet, panel.legend, plot.left, panel.top)
    if panel.has_scale:
        most = float(content.candles.volume.max())
        draw_tick(sheet, plot, most, amount_text(most), look)
    draw_volume(sheet, plot, content, look)
    for each in panel.lines:
        draw_line(sheet, plot, content, each.line, each.colour)


def _panel(drawn: _Picture, panel: Panel) -> None:
    draw_legend(drawn.sheet, panel.legend, panel.plot.left, panel.top)
    if panel.has_scale:
        draw_value_axis(drawn.sheet, panel.plot, guides_of(panel.title), drawn.look)
    for each in panel.lines:
        draw_line(drawn.sheet, panel.plot, drawn.content, each.line, each.colour)


def _title(drawn: _Picture) -> None:
    """The pair, whose candles these are and, where there is room, from when to when."""
    sheet, content, look = drawn.sheet, drawn.content, drawn.look
    room = sheet.width - 2 * SIDE
    if len(content.candles) and sheet.width >= _WIDE:
        dates = _dates(content)
        sheet.text(sheet.width - SIDE, _TITLE_Y, dates, look.muted, LEGEND, align="right")
        room -= width_of(dates, LEGEND) + SIDE
    market = " · ".join(filter(None, (content.timeframe, content.exchange, content.strategy)))
    rest = min(width_of(market, LEGEND), room * 0.4)
    pair = fitted(content.pair, TITLE, room - rest - SIDE, bold=True)
    begin = SIDE + sheet.text(SIDE, _TITLE_Y, pair, look.text, TITLE, bold=True)
    market = fitted(market, LEGEND, SIDE + room - begin)
    sheet.text(begin, _TITLE_Y, market, look.muted, LEGEND)


def _dates(content: ChartContent) -> str:
    """From when to when the candles are."""
    begin, end = from_ms(content.begin), from_ms(content.end)
    return f"{begin.day} {begin:%b %Y} to {end.day} {end:%b %Y %H:%M} UTC"
