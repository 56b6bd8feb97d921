"""Trades on a chart: where they were entered and left, between which stop and target."""

import numpy as np

from adapters.charts.content import ChartContent, ChartTrade
from adapters.charts.looks import CHARACTER, LABEL, Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from adapters.charts.ticks import amount_text
from domain.times import to_ms

_MARK, _CLEAR = 9.0, 13.0


def draw_trades(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """All trades, oldest first, so that the newest lies on top."""
    labels: list[tuple[float, float]] = []
    for trade in content.trades:
        _draw_limits(sheet, plot, trade, look)
        _draw_way(sheet, plot, trade, float(content.candles.close[-1]), look)
        _draw_profit(sheet, plot, content, trade, look, labels)


def _span(plot: Plot, trade: ChartTrade) -> tuple[float, float]:
    """From where to where a trade lies; an open one reaches to the right edge."""
    begin = plot.x(float(to_ms(trade.entered_at)))
    end = plot.right if trade.exited_at is None else plot.x(float(to_ms(trade.exited_at)))
    return begin, min(end, plot.right)


def _draw_limits(sheet: Sheet, plot: Plot, trade: ChartTrade, look: Look) -> None:
    begin, end = _span(plot, trade)
    begin = max(begin, plot.left)
    entry = _inside(plot, trade.entry_price)
    for price, colour in ((trade.stop, look.down), (trade.target, look.up)):
        if price is None:
            continue
        limit = _inside(plot, price)
        if price != trade.stop or not _secures_profit(trade, price):
            left, right, top, bottom = np.array([[begin], [end], [limit], [entry]])
            sheet.boxes(left, right, top, bottom, colour, opacity=0.1, depth=0.8)
        if plot.low <= price <= plot.high:
            sheet.line((begin, end), (limit, limit), colour, 1.1, dashes=(4, 3), depth=1.8)


def _secures_profit(trade: ChartTrade, stop: float) -> bool:
    """Whether a stop has moved to where nothing is risked any more."""
    return stop >= trade.entry_price if trade.side == "long" else stop <= trade.entry_price


def _draw_way(sheet: Sheet, plot: Plot, trade: ChartTrade, last: float, look: Look) -> None:
    """From entry to exit; of an open trade, to the newest close."""
    price = last if trade.exit_price is None else trade.exit_price
    begin, end = _span(plot, trade)
    start, stop = plot.y(trade.entry_price), plot.y(price)
    if begin < plot.left:
        start += (stop - start) * (plot.left - begin) / (end - begin)
    way = (max(begin, plot.left), end)
    sheet.line(way, (start, stop), look.text, 1.1, dashes=(1, 2), depth=3)
    if begin >= plot.left:
        sheet.mark(begin, start, "^" if trade.side == "long" else "v", look.text, _MARK)
    if trade.exit_price is not None:
        gained = (price >= trade.entry_price) == (trade.side == "long")
        sheet.mark(end, stop, "o", look.up if gained else look.down, _MARK)


def _draw_profit(
    sheet: Sheet,
    plot: Plot,
    content: ChartContent,
    trade: ChartTrade,
    look: Look,
    labels: list[tuple[float, float]],
) -> None:
    """The profit beside the exit, clear of the candles: above a high or below a low."""
    if trade.profit is None or trade.exit_price is None:
        return
    _, end = _span(plot, trade)
    text = f"{'+' if trade.profit >= 0 else '−'}{amount_text(abs(trade.profit))}"
    reach = len(text) * CHARACTER / 2
    x = min(max(end, plot.left + reach), plot.right - reach)
    above = trade.exit_price >= trade.entry_price
    y = _clear_of_candles(plot, content, x, reach, trade.exit_price, above)
    y = _clear_of_limits(plot, trade, y, above)
    for other_x, other_y in sorted(labels, key=lambda label: label[1], reverse=above):
        if abs(other_x - x) < 2 * reach and abs(other_y - y) < _CLEAR:
            y = other_y + (-_CLEAR if above else _CLEAR)
    y = min(max(y, plot.top + 8), plot.bottom - 8)
    labels.append((x, y))
    colour = look.up if trade.profit >= 0 else look.down
    sheet.text(x, y, text, colour, LABEL, align="center", bold=True)


def _clear_of_candles(
    plot: Plot, content: ChartContent, x: float, reach: float, price: float, above: bool
) -> float:
    """The height of a text that neither the candles around `x` nor the exit's mark touch."""
    candles = content.candles
    places = plot.x(candles.open_time.astype(np.float64))
    near = np.abs(places - x) <= reach
    prices = (candles.high if above else candles.low)[near]
    furthest = plot.y(np.append(prices, price))
    return float(furthest.min() - _CLEAR if above else furthest.max() + _CLEAR)


def _clear_of_limits(plot: Plot, trade: ChartTrade, y: float, above: bool) -> float:
    """The height moved on where the line of the trade's stop or target would cross the text."""
    for price in (trade.stop, trade.target):
        if price is not None and abs(plot.y(price) - y) < _CLEAR:
            y = plot.y(price) + (-_CLEAR if above else _CLEAR)
    return y


def _inside(plot: Plot, price: float) -> float:
    """How high a price lies, at most at the plot's edge."""
    return plot.y(min(max(price, plot.low), plot.high))
