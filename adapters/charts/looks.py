"""Colours and sizes of a chart. Lengths are CSS pixels, 96 to the inch."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Look:
    """One set of colours.

    Text, candles and lines have a contrast of at least 4.5 to the background. Up and down also
    differ in lightness, for those who see no hue.
    """

    background: str
    text: str
    muted: str
    grid: str
    gap: str
    up: str
    down: str
    lines: tuple[str, ...]


LOOKS: dict[Style, Look] = {
    "light": Look(
        background="#ffffff",
        text="#1c2530",
        muted="#5d6875",
        grid="#edf0f3",
        gap="#f1f3f6",
        up="#13806f",
        down="#b3243c",
        lines=("#a96200", "#2f62cc", "#8048c4", "#5b761d", "#b3317f", "#3f7288"),
    ),
    "dark": Look(
        background="#11161d",
        text="#e3e8ee",
        muted="#98a4b3",
        grid="#1f2731",
        gap="#191f28",
        up="#3fc4b1",
        down="#ea6a79",
        lines=("#f2b04a", "#6e9bf5", "#b98bf0", "#a8c45a", "#ec8ac0", "#7cc3dc"),
    ),
}

TITLE, LEGEND, LABEL = 15.0, 11.5, 11.0
"""Heights of letters."""

CHARACTER = 7.0
"""A generous width of one digit of a label."""

NARROWEST_CANDLE = 2.4
"""A candle with less room than this is not legible."""
