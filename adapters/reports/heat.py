"""The picture of a sweep over two parameters: one cell for each pair of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from adapters.charts.looks import LABEL, LEGEND, TITLE, Look
from adapters.reports.canvas import Canvas, fitting, width_of
from adapters.reports.cells import Shades, draw_cell, value_text
from domain.candles import Floats

_HEAD, _LABELS, _LEAST, _MOST = 48.0, 42.0, 13.0, 34.0
_SCALE, _SHADES, _ROOM = 110.0, 22, 10.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter and its values in order, at least one, as text."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class HeatPicture:
    """What came of each pair: `values[y, x]`, NaN where nothing did; `measure` names it.

    The best has a frame. Where there are gains and losses colours say which; else the higher is
    the stronger.
    """

    x: Axis
    y: Axis
    values: Floats
    measure: str = ""
    best_is_lowest: bool = False

    @property
    def title(self) -> str:
        named = self.measure or "Values"
        return f"{named} by {self.x.name} and {self.y.name}: {self._said_of_best()}"

    def height(self, width: float) -> float:
        return _HEAD + self._cell(width)[1] * len(self.y.values) + _LABELS

    def draw(self, canvas: Canvas, width: float, look: Look) -> None:
        best = self._best()
        if best is None:
            middle = (width / 2, self.height(width) / 2)
            canvas.text(*middle, "No results", look.muted, TITLE, align="center")
            return
        canvas.text(0, 13, fitting(self.measure, width), look.text, LEGEND, bold=True)
        said = fitting(self._said_of_best(), width - self._left)
        canvas.text(width, _HEAD - 11, said, look.muted, LABEL, align="right")
        self._draw_scale(canvas, width, look)
        self._draw_cells(canvas, width, look)
        self._draw_axes(canvas, width, look)
        self._draw_frame(canvas, width, best, look)

    def _best(self) -> tuple[int, int] | None:
        """Row and column of the best; None if nothing is known."""
        if not np.isfinite(self.values).any():
            return None
        found = np.nanargmin(self.values) if self.best_is_lowest else np.nanargmax(self.values)
        row, column = np.unravel_index(int(found), self.values.shape)
        return int(row), int(column)

    def _said_of_best(self) -> str:
        best = self._best()
        if best is None:
            return "no results"
        y, x = self.y.values[best[0]], self.x.values[best[1]]
        value = value_text(float(self.values[best]))
        return f"best {value} at {self.x.name} {x}, {self.y.name} {y}"

    @property
    def _left(self) -> float:
        """Where the cells begin: behind the labels at the left."""
        return max(width_of(self.y.name, LEGEND), *map(width_of, self.y.values)) + _ROOM

    def _cell(self, width: float) -> tuple[float, float]:
        """Width and height of a cell."""
        wide = (width - self._left) / max(1, len(self.x.values))
        return wide, min(_MOST, max(_LEAST, wide * 0.62))

    def _draw_cells(self, canvas: Canvas, width: float, look: Look) -> None:
        """All cells, and what they say if there is room in each for what it says."""
        wide, high = self._cell(width)
        shades, values = Shades.of(self.values), self.values.ravel().tolist()
        texts = [value_text(value) for value in values]
        has_room = high > LABEL + 4 and max(map(width_of, texts)) <= wide
        for number, text in enumerate(texts):
            row, column = divmod(number, len(self.x.values))
            x, y = self._left + column * wide, _HEAD + row * high
            draw_cell(canvas, x, y, wide, high, *shades.of_value(values[number], look))
            if has_room:
                canvas.text(x + wide / 2, y + high / 2, text, look.text, LABEL, align="center")

    def _draw_axes(self, canvas: Canvas, width: float, look: Look) -> None:
        wide, high = self._cell(width)
        bottom = _HEAD + high * len(self.y.values)
        every = ceil((max(map(width_of, self.x.values)) + _ROOM) / wide)
        for column in range(0, len(self.x.values), every):
            x = self._left + (column + 0.5) * wide
            canvas.text(x, bottom + 12, self.x.values[column], look.muted, LABEL, align="center")
        for row, value in enumerate(self.y.values):
            y = _HEAD + (row + 0.5) * high
            canvas.text(self._left - 8, y, value, look.muted, LABEL, align="right")
        middle = self._left + (width - self._left) / 2
        canvas.text(middle, bottom + 31, self.x.name, look.text, LEGEND, align="center")
        canvas.text(self._left - 8, _HEAD - 11, self.y.name, look.text, LEGEND, align="right")

    def _draw_scale(self, canvas: Canvas, width: float, look: Look) -> None:
        """What the colours mean, at the right of the head, if it fits."""
        low, high = float(np.nanmin(self.values)), float(np.nanmax(self.values))
        least, most = value_text(low), value_text(high)
        right = width - width_of(most) - 8
        left = right - _SCALE
        if left - width_of(least) - 8 < width_of(self.measure, LEGEND) + _ROOM or low == high:
            return
        step, shades = _SCALE / _SHADES, Shades.of(self.values)
        for number, value in enumerate(np.linspace(low, high, _SHADES).tolist()):
            x, colour = left + number * step, shades.of_value(value, look)
            draw_cell(canvas, x, 8, step + 1, 11, *colour)
        canvas.text(left - 6, 13, least, look.muted, LABEL, align="right")
        canvas.text(right + 6, 13, most, look.muted, LABEL)

    def _draw_frame(self, canvas: Canvas, width: float, place: tuple[int, int], look: Look) -> None:
        wide, high = self._cell(width)
        x, y = self._left + place[1] * wide, _HEAD + place[0] * high
        right, bottom = x + wide - 1, y + high - 1
        xs, ys = (x, right, right, x, x), (y, y, bottom, bottom, y)
        canvas.line(xs, ys, look.text, 2, depth=3)
