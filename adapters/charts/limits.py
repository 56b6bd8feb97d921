"""Between which prices a trade lives: its stop, in steps if it moved, and its target."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from adapters.charts.content import Side
from adapters.charts.looks import Look
from adapters.charts.scale import Plot
from adapters.charts.sheet import Sheet

_WIDTH, _DASHES, _OPACITY = 1.1, (4.0, 3.0), 0.1


class Life(NamedTuple):
    """A trade, or a wish for one: from where to where (pixels) it lasts, and what it risks.

    `moves` are later stops, each with the x from which it held.
    """

    side: Side
    begin: float
    end: float
    price: float
    stop: float | None
    target: float | None
    moves: Iterable[tuple[float, float]]

    def stops(self) -> Iterator[tuple[float, float, float]]:
        """Its stops, each with the x from which and to which it held."""
        begin, stop = self.begin, self.stop
        for at, moved in self.moves:
            x = min(at, self.end)
            if stop is not None and x > begin:
                yield begin, x, stop
            begin, stop = max(x, begin), moved
        if stop is not None:
            yield begin, self.end, stop

    def risks(self, stop: float) -> bool:
        """Whether something can be lost at a stop."""
        return stop < self.price if self.side == "long" else stop > self.price


def draw_limits(sheet: Sheet, plot: Plot, life: Life, look: Look) -> None:
    """Dashed lines, and shades between them and the entry while that is at risk."""
    stops = list(life.stops())
    for begin, end, stop in stops:
        if life.risks(stop):
            _shade(sheet, plot, (begin, end), (life.price, stop), look.down)
    if stops:
        xs = [x for begin, end, _ in stops for x in (begin, end)]
        ys = [plot.y(stop) for _, _, stop in stops for _ in range(2)]
        _line(sheet, plot, xs, ys, look.down)
    if life.target is not None:
        span, y = (life.begin, life.end), plot.y(life.target)
        _shade(sheet, plot, span, (life.price, life.target), look.up)
        _line(sheet, plot, span, (y, y), look.up)


def _line(sheet: Sheet, plot: Plot, xs: Iterable[float], ys: Iterable[float], colour: str) -> None:
    sheet.line(list(xs), list(ys), colour, _WIDTH, dashes=_DASHES, depth=1.8, within=plot.frame)


def _shade(
    sheet: Sheet, plot: Plot, span: tuple[float, float], prices: tuple[float, float], colour: str
) -> None:
    """A faint box between two prices, as far as it lies on the plot."""
    left, right = np.clip(span, plot.left, plot.right)
    bottom, top = plot.y(np.clip(prices, plot.low, plot.high))
    if right > left:
        box = np.array([[left], [right], [top], [bottom]])
        sheet.boxes(box[0], box[1], box[2], box[3], colour, opacity=_OPACITY, depth=0.8)
