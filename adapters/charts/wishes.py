"""What was wanted: a strategy's signals, and orders that wait for their price."""

from collections.abc import Iterator, Sequence

import numpy as np

from adapters.charts.content import ChartContent, ChartOrder, ChartSignal, Side
from adapters.charts.layers import clear_of_candles
from adapters.charts.lettering import width_of
from adapters.charts.limits import Life, draw_limits
from adapters.charts.looks import Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet
from domain.candles import Candles, Floats
from domain.times import to_ms

_MARK, _OFF, _WORD = 8.0, 9.0, 10.0
_FAR = 40.0
"""A word is left out where it would be further from its mark."""

_DOTS = (1.0, 2.0)


def draw_signals(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """Triangles below longs and above shorts, crosses at exits, and the stops and targets."""
    words: list[tuple[float, float]] = []
    for signal in to_be_seen(content.signals):
        if signal.purpose == "enter":
            draw_limits(sheet, plot, _life(plot, content, signal), look)
        x, y = _place(plot, content, signal)
        sheet.marks([x], [y], _shape(signal), _colour(signal, look), _MARK)
        _draw_word(sheet, plot, content, signal, words, look)


def draw_orders(sheet: Sheet, plot: Plot, content: ChartContent, look: Look) -> None:
    """Dotted lines at the prices that orders wait for."""
    for order in content.orders:
        begin = plot.x(float(to_ms(order.placed_at)))
        end = plot.right if order.ended_at is None else plot.x(float(to_ms(order.ended_at)))
        y = plot.y(order.price)
        sheet.line((begin, end), (y, y), look.text, 1.3, dashes=_DOTS, within=plot.frame)
        _draw_order_word(sheet, plot, order, max(begin, plot.left), min(end, plot.right), look)


def _draw_order_word(
    sheet: Sheet, plot: Plot, order: ChartOrder, begin: float, end: float, look: Look
) -> None:
    word = f"{order.side} order"
    if width_of(word, _WORD) + 4 <= end - begin and plot.holds(order.price):
        y = plot.y(order.price) + (8 if order.side == "long" else -8)
        sheet.text(begin + 2, y, word, look.text, _WORD, on_plot=True)


def _shape(signal: ChartSignal) -> str:
    if signal.purpose == "exit":
        return "X"
    return "^" if signal.side == "long" else "v"


def _colour(signal: ChartSignal, look: Look) -> str:
    if signal.purpose == "exit":
        return look.muted
    return look.up if signal.side == "long" else look.down


def to_be_seen(signals: Sequence[ChartSignal]) -> Iterator[ChartSignal]:
    """Entries, and the first exit after one, unless the strategy turns to the other side there."""
    entries = {each.open_time for each in signals if each.purpose == "enter"}
    entered: Side | None = None
    for signal in signals:
        if signal.purpose == "enter":
            entered = signal.side
            yield signal
        elif signal.side == entered and signal.open_time not in entries:
            entered = None
            yield signal


def _is_below(signal: ChartSignal) -> bool:
    return (signal.side == "long") == (signal.purpose == "enter")


def _place(plot: Plot, content: ChartContent, signal: ChartSignal) -> tuple[float, float]:
    """Where its mark stands: clear of its candle."""
    row = _row(content, signal)
    x = plot.x(signal.open_time + content.period / 2)
    if _is_below(signal):
        return x, plot.y(float(content.candles.low[row])) + _OFF
    return x, plot.y(float(content.candles.high[row])) - _OFF


def _row(content: ChartContent, signal: ChartSignal) -> int:
    return int(np.searchsorted(content.candles.open_time, signal.open_time))


def _draw_word(
    sheet: Sheet,
    plot: Plot,
    content: ChartContent,
    signal: ChartSignal,
    words: list[tuple[float, float]],
    look: Look,
) -> None:
    """What the mark means, where neither candles nor other words are in the way."""
    word = "exit" if signal.purpose == "exit" else signal.side
    reach, below = width_of(word, _WORD) / 2 + 1, _is_below(signal)
    mark_x, mark_y = _place(plot, content, signal)
    x = min(max(mark_x, plot.left + reach), plot.right - reach)
    y = clear_of_candles(plot, content, (x, reach), mark_y, above=not below)
    if abs(y - mark_y) <= _FAR and all(
        abs(x - other) > 2 * reach or abs(y - height) > _WORD for other, height in words
    ):
        words.append((x, y))
        sheet.text(x, y, word, _colour(signal, look), _WORD, align="center", on_plot=True)


def end_of(signal: ChartSignal, content: ChartContent) -> int:
    candles = content.candles
    sign = 1 if signal.side == "long" else -1
    best, worst = (candles.high, candles.low)[::sign]
    reached = np.zeros(len(candles), dtype=np.bool_)
    if signal.stop is not None or signal.moves:
        reached |= worst * sign <= _stops(signal, candles) * sign
    if signal.target is not None:
        reached |= best * sign >= signal.target * sign
    ends = candles.open_time[reached & (candles.open_time > signal.open_time)] + content.period
    others = [each.open_time + content.period for each in _ending(signal, content.signals)]
    return int(min(*ends[:1], *others[:1], content.end, content.end))


def _stops(signal: ChartSignal, candles: Candles) -> Floats:
    """The stop in force at each candle, NaN while there is none."""
    stops = np.full(len(candles), np.nan if signal.stop is None else signal.stop)
    for at, stop in signal.moves:
        stops[candles.open_time >= at] = stop
    return stops


def _ending(signal: ChartSignal, signals: Sequence[ChartSignal]) -> list[ChartSignal]:
    """Later signals that end this one: its exit, or another entry."""
    return [
        each
        for each in signals
        if each.open_time > signal.open_time
        and (each.purpose == "enter" or each.side == signal.side)
    ]


def _life(plot: Plot, content: ChartContent, signal: ChartSignal) -> Life:
    """The way from the close that it came with.

    Until a candle reaches its stop or target, the strategy wants out, or it enters again.
    """
    begin = plot.x(float(signal.open_time + content.period))
    end = plot.x(float(end_of(signal, content)))
    close = float(content.candles.close[_row(content, signal)])
    moves = [(plot.x(float(at)), stop) for at, stop in signal.moves]
    return Life(signal.side, begin, end, close, signal.stop, signal.target, moves)
