"""A light SVG: the few shapes of our charts, in colours that may be CSS variables."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from adapters.charts.looks import CHARACTER, LABEL
from domain.candles import Floats

_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
_TENTHS = "scale(.1)"
_BASELINE = 0.36
"""How far a text's baseline lies below its middle, in heights of its letters."""


class SvgSheet:
    """Lengths are pixels; paths are kept in tenths of them, as whole steps from point to point.

    Boxes of one colour are one path, and texts of one kind are a group: half of the bytes.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._paths: list[tuple[float, str]] = []
        self._boxes: dict[tuple[float, str], list[str]] = defaultdict(list)
        self._texts: dict[str, list[str]] = defaultdict(list)

    def line(
        self,
        xs: Floats | Sequence[float],
        ys: Floats | Sequence[float],
        colour: str,
        width: float,
        *,
        depth: float = 2,
    ) -> None:
        """A line through points, as thick on every screen as it is said to be."""
        self._paths.append(
            (
                depth,
                f'<path d="{_path(xs, ys)}" transform="{_TENTHS}" fill="none" '
                'vector-effect="non-scaling-stroke" '
                f'stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"/>',
            )
        )

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
        outline = _path(np.append(xs, xs[::-1]), np.append(tops, bottoms[::-1]))
        self._paths.append(
            (
                depth,
                f'<path d="{outline}z" transform="{_TENTHS}" fill="{colour}" '
                f'fill-opacity="{opacity:.2g}"/>',
            )
        )

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
        outlines = self._boxes[depth, f'fill="{colour}" fill-opacity="{opacity:.2g}"']
        for edges in zip(left, right, top, bottom, strict=True):
            outlines.append(_outline(*map(float, edges)))

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
        """A line of text, its middle at height `y`; gives about the x behind it."""
        width = len(text) * CHARACTER * size / LABEL
        if box is not None:
            outline = _outline(x - 4, x + width + 4, y - 9, y + 9)
            self._boxes[4, f'fill="{box}"'].append(outline)
        anchor = {"center": ' text-anchor="middle"', "right": ' text-anchor="end"'}.get(align, "")
        weight = ' font-weight="700"' if bold else ""
        height = "" if size == LABEL else f' font-size="{size:g}"'
        self._texts[f'fill="{colour}"{anchor}{height}{weight}'].append(
            f'<text x="{_short(x)}" y="{_short(y + _BASELINE * size)}">{escape(text)}</text>'
        )
        return x + width

    def element(self, title: str, css_class: str) -> str:
        """It as an element of a page, as wide as there is room."""
        return (
            f'<svg class="{css_class}" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'font-size="{LABEL:g}" aria-label="{escape(title)}">{"".join(self._drawn())}</svg>'
        )

    def document(self, title: str, background: str, margin: float) -> str:
        """It as a file, with a margin all around."""
        wide, high = self.width + 2 * margin, self.height + 2 * margin
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" '
            f'viewBox="{-margin:g} {-margin:g} {wide:g} {high:g}" font-family="{_FONT}" '
            f'font-size="{LABEL:g}"><title>{escape(title)}</title>'
            f'<rect x="{-margin:g}" y="{-margin:g}" width="{wide:g}" height="{high:g}" '
            f'fill="{background}"/>{"".join(self._drawn())}</svg>'
        )

    def _drawn(self) -> Iterator[str]:
        """All that was drawn, the deepest first."""
        boxes = (
            (depth, f'<path d="{"".join(outlines)}" {kind}/>')
            for (depth, kind), outlines in self._boxes.items()
        )
        for _, path in sorted((*boxes, *self._paths), key=lambda each: each[0]):
            yield path
        for kind, texts in self._texts.items():
            yield f"<g {kind}>{''.join(texts)}</g>"


def _path(xs: Floats | Sequence[float], ys: Floats | Sequence[float]) -> str:
    """A path through points, in tenths of pixels: one absolute point, then steps."""
    tenths = np.rint(np.column_stack((xs, ys)) * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0).tolist()
    start = f"M{tenths[0, 0]} {tenths[0, 1]}l" if steps else ""
    return start + " ".join(f"{x}{y}" if y < 0 else f"{x} {y}" for x, y in steps)


def _outline(left: float, right: float, top: float, bottom: float) -> str:
    x, y, until, below = map(_short, (left, top, right, bottom))
    return f"M{x} {y}H{until}V{below}H{x}z"


def _short(number: float) -> str:
    """A number to a tenth, in as few characters as it needs."""
    return f"{number:.1f}".removesuffix(".0")
