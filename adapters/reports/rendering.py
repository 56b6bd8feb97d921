"""Pictures as files and as parts of a page: SVG of ours, PNG of Matplotlib."""

from adapters.charts.candle_chart import Format, drawing
from adapters.charts.looks import LOOKS, Look, Style
from adapters.reports.canvas import Picture
from adapters.reports.svg import SvgSheet

_MARGIN = 12.0
"""What is free around a picture that is a file, in pixels."""


def rendered(picture: Picture, style: Style, format: Format, width: int, density: float) -> bytes:
    """The bytes of a file; a PNG has `density` dots for each pixel, and Matplotlib draws it."""
    look, room = LOOKS[style], width - 2 * _MARGIN
    if format == "svg":
        svg = _svg(picture, look, room)
        return svg.document(picture.title, look.background, _MARGIN).encode()
    with drawing:
        from adapters.charts.sheet import Sheet  # noqa: PLC0415  # with Matplotlib

        sheet = Sheet(room, picture.height(room), look.background, margin=_MARGIN)
        picture.draw(sheet, room, look)
        return sheet.png(picture.title, density)


def inline(picture: Picture, look: Look, width: int, css_class: str) -> str:
    """An `<svg>` for a page, in which `look` may name CSS variables."""
    return _svg(picture, look, width).element(picture.title, css_class)


def _svg(picture: Picture, look: Look, width: float) -> SvgSheet:
    sheet = SvgSheet(width, picture.height(width))
    picture.draw(sheet, width, look)
    return sheet
