"""The picture of equity: curves over each other, how far they fell below, and their windows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapters.charts.looks import LEGEND, TITLE, Look
from adapters.charts.scale import Plot
from adapters.reports.canvas import NARROW, Canvas, fitting, width_of
from adapters.reports.curve_axes import axis_width, draw_equity_axis, draw_fall_axis, draw_times
from adapters.reports.curve_drawing import Stretch, draw_curve, draw_fall, draw_stretches
from adapters.reports.thinning import SeenCurve, seen
from adapters.reports.words import money, percent, places_for
from domain.performance.curve import EquityCurve

_CAPTION, _ROW, _BETWEEN, _TIMES = 22.0, 18.0, 30.0, 26.0
_EDGE, _MARK = 2.0, "●"


class _Entry(NamedTuple):
    """A piece of the legend, and which curve it is of."""

    x: float
    y: float
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class EquityPicture:
    """Equity curves by name, none of them empty, and their drawdowns; stretches are set off."""

    curves: Mapping[str, SeenCurve]
    quote: str = ""
    stretches: Sequence[Stretch] = ()

    @property
    def title(self) -> str:
        said = (
            f"{name} from {_amount(curve.first)} to {_amount(curve.last)} {self.quote}, "
            f"largest drawdown {percent(curve.deepest)}"
            for name, curve in self.curves.items()
        )
        return f"Equity: {'; '.join(said)}"

    def height(self, width: float) -> float:
        return self._top(width) + sum(_heights(width)) + _BETWEEN + _TIMES

    def draw(self, canvas: Canvas, width: float, look: Look) -> None:
        if not self.curves:
            middle = (width / 2, self.height(width) / 2)
            canvas.text(*middle, "No equity is known", look.muted, TITLE, align="center")
            return
        plots = equity, fall = self._plots(width)
        self._captions(canvas, plots, look)
        self._legend(canvas, width, look)
        draw_stretches(canvas, plots, self.stretches, look)
        draw_times(canvas, plots, look)
        only = [curve.last for curve in self.curves.values()] if len(self.curves) == 1 else []
        draw_equity_axis(canvas, equity, only, look)
        draw_fall_axis(canvas, fall, look)
        for number, curve in reversed(list(enumerate(self.curves.values()))):
            colour = _colour(look, number)
            draw_curve(canvas, equity, curve.equity, colour)
            draw_fall(canvas, fall, curve.fallen, look.down if only else colour, filled=bool(only))

    def _top(self, width: float) -> float:
        """Where the plot of equity begins: below its caption, the legend and what stretches say."""
        rows = len({entry.y for entry in self._entries(width)}) + bool(self.stretches)
        return _CAPTION + _ROW * rows

    def _plots(self, width: float) -> tuple[Plot, Plot]:
        """That of equity, and that of drawdowns below."""
        curves, top, heights = self.curves.values(), self._top(width), _heights(width)
        begin = min(int(curve.equity.at[0]) for curve in curves)
        end = max(begin + 1, *(int(curve.equity.at[-1]) for curve in curves))
        lowest = min(float(curve.equity.values.min()) for curve in curves)
        highest = max(float(curve.equity.values.max()) for curve in curves)
        low, high = _padded(lowest, highest)
        deepest = max(curve.deepest for curve in curves) or 0.01
        room = width - _EDGE - axis_width(low, high, deepest)
        below = top + heights[0] + _BETWEEN
        return (
            Plot(_EDGE, top, room, heights[0], begin, end, low, high),
            Plot(_EDGE, below, room, heights[1], begin, end, -deepest, 0.0),
        )

    def _captions(self, canvas: Canvas, plots: tuple[Plot, Plot], look: Look) -> None:
        named = f"Equity, {self.quote}" if self.quote else "Equity"
        canvas.text(_EDGE, _CAPTION / 2, named, look.muted, LEGEND)
        canvas.text(_EDGE, plots[1].top - 11, "Drawdown", look.muted, LEGEND)

    def _legend(self, canvas: Canvas, width: float, look: Look) -> None:
        for entry in self._entries(width):
            canvas.text(entry.x, entry.y, entry.text, _colour(look, entry.number), LEGEND)

    def _entries(self, width: float) -> Iterator[_Entry]:
        """Several curves by their names and last equity, in as many rows as they need."""
        x, y = _EDGE, _CAPTION + _ROW / 2
        for number, (name, curve) in enumerate(self.curves.items()):
            worth = _amount(curve.last)
            text = f"{_MARK} {fitting(name, width - width_of(f'{_MARK}  {worth}', LEGEND))} {worth}"
            if x > _EDGE and x + width_of(text, LEGEND) > width:
                x, y = _EDGE, y + _ROW
            if len(self.curves) > 1:
                yield _Entry(x, y, text, number)
            x += width_of(text, LEGEND) + 12


def equity_picture(
    curves: Mapping[str, EquityCurve], quote: str, stretches: Sequence[Stretch] = ()
) -> EquityPicture:
    """The picture of curves of any length, those without a point left out."""
    shown = {name: seen(curve) for name, curve in curves.items() if len(curve)}
    return EquityPicture(shown, quote, stretches)


def _heights(width: float) -> tuple[float, float]:
    return (190, 64) if width < NARROW else (250, 84)


def _colour(look: Look, number: int) -> str:
    """The colour of a curve; the first is one that is neither gain nor loss."""
    order = (look.lines[1], look.lines[0], *look.lines[2:])
    return order[number % len(order)]


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    return low - room, high + room


def _amount(equity: float) -> str:
    return money(equity, places_for(equity))
