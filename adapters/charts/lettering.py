"""How wide text is, and what of it can be shown."""

from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

_FAMILY = "DejaVu Sans"
"""The font that Matplotlib brings along: the same picture on every machine."""

_UNIT = 1_000
_MISSING = "\u25a1"


def width_of(text: str, height: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in pixels, if its letters are so high."""
    return height / _UNIT * sum(_advance(character, bold) for character in shown(text))


def shown(text: str) -> str:
    """The text with a box for each character that the font does not have."""
    font = _font(False)
    return "".join(each if font.get_char_index(ord(each)) else _MISSING for each in text)


def fitted(text: str, height: float, room: float, *, bold: bool = False) -> str:
    """As much of a text as there is room for, with an ellipsis where it was cut."""
    if width_of(text, height, bold=bold) <= room:
        return text
    while text and width_of(f"{text}…", height, bold=bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@cache
def font_file(bold: bool) -> str:
    """Where the font is: naming its file spares a search for each text."""
    return str(findfont(FontProperties(family=_FAMILY, weight="bold" if bold else "normal")))


@cache
def _font(bold: bool) -> FT2Font:
    """A font of our own: Matplotlib's change their size whenever it draws."""
    font = FT2Font(font_file(bold))
    font.set_size(_UNIT, 72)
    return font


@lru_cache(maxsize=2_048)
def _advance(character: str, bold: bool) -> float:
    glyph = _font(bold).load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 65_536
