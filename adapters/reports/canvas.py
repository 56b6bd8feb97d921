"""What a picture is drawn on, and what can be drawn."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from adapters.charts.frame import Frame
from adapters.charts.looks import CHARACTER, LABEL, Look
from adapters.reports.words import direction
from domain.candles import Floats

NARROW = 520
"""A picture less wide than this (pixels) has to say the same in less room."""


def width_of(text: str, height: float = LABEL) -> float:
    """About how wide a text is, rather more than less: the fonts of browsers differ."""
    return len(text) * CHARACTER * height / LABEL


def fitting(text: str, room: float) -> str:
    """As much of a text as there is about room for."""
    return text if width_of(text) <= room else f"{text[: max(0, int(room / CHARACTER) - 1)]}…"


class Canvas(Protocol):
    """Pixels from the upper left corner; what comes later in `depth` lies on top."""

    def line(
        self,
        xs: Floats | Sequence[float],
        ys: Floats | Sequence[float],
        colour: str,
        width: float,
        *,
        depth: float = 2,
    ) -> None:
        """A line through points."""

    def area(
        self,
        xs: Floats,
        tops: Floats,
        bottoms: Floats,
        colour: str,
        *,
        opacity: float,
        depth: float,
    ) -> None:
        """What lies between two lines."""

    def boxes(
        self,
        left: Floats,
        right: Floats,
        top: Floats,
        bottom: Floats,
        colour: str,
        *,
        opacity: float = 1,
        depth: float = 1,
    ) -> None:
        """Filled boxes."""

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str,
        size: float,
        *,
        align: str = "left",
        bold: bool = False,
        box: str | None = None,
    ) -> float:
        """A line of text, its middle at height `y`."""


def draw_box(
    canvas: Canvas, frame: Frame, colour: str, *, opacity: float = 1, depth: float = 1
) -> None:
    """One filled box."""
    left, top, right, bottom = (np.array([edge]) for edge in frame)
    canvas.boxes(left, right, top, bottom, colour, opacity=opacity, depth=depth)


def colour_of(amount: float | None, look: Look) -> str:
    """The colour of gain, loss or neither."""
    return {"up": look.up, "down": look.down}.get(direction(amount), look.muted)


class Picture(Protocol):
    """Something that can be drawn in any width."""

    @property
    def title(self) -> str:
        """What it shows, for those who do not see it."""

    def height(self, width: float) -> float:
        """How high it is in a width (both in pixels)."""

    def draw(self, canvas: Canvas, width: float, look: Look) -> None:
        """Draw it on a canvas of that width and its own height."""
