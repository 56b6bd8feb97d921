"""Cells of a heat map: how strongly a value is coloured, and what it says."""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from adapters.charts.frame import Frame
from adapters.charts.looks import Look
from adapters.charts.ticks import amount_text
from adapters.reports.canvas import Canvas, colour_of, draw_box
from adapters.reports.words import NOTHING, as_read
from domain.candles import Floats

_FAINT, _STRONG = 0.07, 0.5
"""The opacity of nothing and of the most: on the strongest, texts still have their contrast."""

_GAP = 1.0


def draw_cell(
    canvas: Canvas, x: float, y: float, width: float, height: float, colour: str, opacity: float
) -> None:
    """A coloured cell, with a little room to the next ones."""
    frame = Frame(x, y, x + width - _GAP, y + height - _GAP)
    draw_box(canvas, frame, colour, opacity=opacity)


def signed_shade(value: float, most: float, look: Look) -> tuple[str, float]:
    """The colour of gain or loss, the stronger the nearer to `most`; the faintest for NaN."""
    if not isfinite(value) or not most:
        return look.muted, _FAINT
    return colour_of(value, look), _opacity(sqrt(min(1.0, abs(value) / most)))


@dataclass(frozen=True, slots=True)
class Shades:
    """Colours of values from `low` to `high`: of gain and loss, or of one hue where all are one."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> "Shades":
        """Those of values of which at least one is finite."""
        return cls(float(np.nanmin(values)), float(np.nanmax(values)))

    def of_value(self, value: float, look: Look) -> tuple[str, float]:
        """Colour and opacity."""
        if self.low < 0 < self.high or not isfinite(value):
            return signed_shade(value, max(-self.low, self.high), look)
        span = self.high - self.low
        return look.lines[1], _opacity((value - self.low) / span if span else 0.5)


def value_text(value: float) -> str:
    """A value of a cell in a few characters: 12.3, 0.05, 340, 1.2M."""
    if not isfinite(value):
        return NOTHING
    if abs(value) >= 100_000:
        return as_read(amount_text(value))
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return as_read(f"{value:,.{places}f}")


def _opacity(share: float) -> float:
    """From faint (0) to strong (1), in steps: equal ones are drawn together."""
    return round(_FAINT + share * (_STRONG - _FAINT), 2)
