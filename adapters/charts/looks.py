"""Colours and sizes of a chart. Lengths are CSS pixels, 96 to the inch."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Look:
    """One set of colours; up and down also differ in lightness, for those who see no hue."""

    background: str
    text: str
    muted: str
    grid: str
    up: str
    down: str
    lines: tuple[str, ...]


LOOKS: dict[Style, Look] = {
    "light": Look(
        background="#ffffff",
        text="#1c2530",
        muted="#66717f",
        grid="#edf0f3",
        up="#2a9d8f",
        down="#d1495b",
        lines=("#e08e0b", "#3d6fd6", "#8a54c9", "#5f7a1f"),
    ),
    "dark": Look(
        background="#11161d",
        text="#e3e8ee",
        muted="#8d99a8",
        grid="#1f2731",
        up="#35b8a6",
        down="#e2606f",
        lines=("#f2b04a", "#6e9bf5", "#b98bf0", "#a8c45a"),
    ),
}

TITLE, LEGEND, LABEL = 15.0, 11.5, 11.0
"""Heights of letters."""

CHARACTER = 7.0
"""A generous width of one digit of a label."""

NARROWEST_CANDLE = 2.4
"""A candle with less room than this is not legible."""
