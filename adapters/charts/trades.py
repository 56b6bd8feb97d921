"""Trades on a chart: where they were entered and left, between which stops and target."""

from collections.abc import Iterator

from adapters.charts.axes import Tag
from adapters.charts.content import ChartContent, ChartTrade
from adapters.charts.layers import clear_of_candles
from adapters.charts.limits import Life, draw_limits
from adapters.charts.looks import CHARACTER, LABEL, Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import amount_text
from domain.times import to_ms

_MARK, _CLEAR = 9.0, 13.0


def draw_trades(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """All trades, oldest first, so that the newest lies on top."""
    labels: list[tuple[float, float]] = []
    for trade in sorted(content.trades, key=lambda trade: trade.entered_at):
        draw_limits(sheet, plot, _life(plot, trade), look)
        _draw_way(sheet, plot, trade, float(content.candles.close[-1]), look)
        _draw_profit(sheet, plot, content, trade, look, labels)


def tags(content: ChartContent, look: Look) -> Iterator[Tag]:
    """The stops in force and the targets of open trades."""
    for trade in content.trades:
        if trade.exited_at is None:
            *_, stop = (trade.stop, *(stop for _, stop in trade.moves))
            for price, colour in ((stop, look.down), (trade.target, look.up)):
                if price is not None:
                    yield Tag(price, colour)


def _span(plot: Plot, trade: ChartTrade) -> tuple[float, float]:
    """From where to where a trade lies; an open one reaches to the right edge."""
    begin = plot.x(float(to_ms(trade.entered_at)))
    return begin, plot.right if trade.exited_at is None else plot.x(float(to_ms(trade.exited_at)))


def _life(plot: Plot, trade: ChartTrade) -> Life:
    moves = [(plot.x(float(to_ms(at))), stop) for at, stop in trade.moves]
    return Life(trade.side, *_span(plot, trade), trade.entry_price, trade.stop, trade.target, moves)


def _draw_way(sheet: Sheet, plot: Plot, trade: ChartTrade, last: float, look: Look) -> None:
    """From entry to exit; of an open trade, to the newest close."""
    price = last if trade.exit_price is None else trade.exit_price
    begin, end = _span(plot, trade)
    start, stop = plot.y(trade.entry_price), plot.y(price)
    way = ((begin, end), (start, stop))
    sheet.line(*way, look.text, 1.1, dashes=(1, 2), depth=3, within=plot.frame)
    if begin >= plot.left:
        sheet.marks([begin], [start], "^" if trade.side == "long" else "v", look.text, _MARK)
    if trade.exit_price is not None and end <= plot.right:
        gained = (price >= trade.entry_price) == (trade.side == "long")
        sheet.marks([end], [stop], "o", look.up if gained else look.down, _MARK)


def _draw_profit(
    sheet: Sheet,
    plot: Plot,
    content: ChartContent,
    trade: ChartTrade,
    look: Look,
    labels: list[tuple[float, float]],
) -> None:
    """The profit beside the exit, clear of the candles: above a high or below a low."""
    _, end = _span(plot, trade)
    if trade.profit is None or trade.exit_price is None or end > plot.right:
        return
    text = f"{'+' if trade.profit >= 0 else '−'}{amount_text(abs(trade.profit))}"
    reach = len(text) * CHARACTER / 2
    x = min(max(end, plot.left + reach), plot.right - reach)
    above = trade.exit_price >= trade.entry_price
    y = clear_of_candles(plot, content, (x, reach), plot.y(trade.exit_price), above=above)
    y = _clear_of_limits(plot, trade, y, above)
    for other_x, other_y in sorted(labels, key=lambda label: label[1], reverse=above):
        if abs(other_x - x) < 2 * reach and abs(other_y - y) < _CLEAR:
            y = other_y + (-_CLEAR if above else _CLEAR)
    y = min(max(y, plot.top + 8), plot.bottom - 8)
    labels.append((x, y))
    colour = look.up if trade.profit >= 0 else look.down
    sheet.text(x, y, text, colour, LABEL, align="center", bold=True, on_plot=True)


def _clear_of_limits(plot: Plot, trade: ChartTrade, y: float, above: bool) -> float:
    """The height moved on where the line of the trade's stop or target would cross the text."""
    stops = (trade.stop, *(stop for _, stop in trade.moves))
    for price in (*stops[-1:], trade.target):
        if price is not None and abs(plot.y(price) - y) < _CLEAR:
            y = plot.y(price) + (-_CLEAR if above else _CLEAR)
    return y
