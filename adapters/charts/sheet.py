"""A sheet to draw on, in CSS pixels from its upper left corner: all that is asked of Matplotlib."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from domain.candles import Floats

mpl.rcParams["svg.hashsalt"] = "papertape"  # else each SVG has other ids

_BOX = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
_STROKE = np.array([Path.MOVETO, Path.LINETO], np.uint8)


class Sheet:
    """Lengths are pixels, 96 to the inch; what comes later in `depth` lies on top."""

    def __init__(self, width: float, height: float, background: str) -> None:
        self.width, self.height, self.background = width, height, background
        self._figure = Figure(figsize=(width / 96, height / 96), dpi=96, facecolor=background)
        FigureCanvasAgg(self._figure)
        to_figure = Affine2D().scale(1 / width, -1 / height).translate(0, 1)
        self._pixels = to_figure + self._figure.transFigure

    def line(
        self,
        xs: Floats | Sequence[float],
        ys: Floats | Sequence[float],
        colour: str,
        width: float,
        *,
        dashes: tuple[float, float] | None = None,
        depth: float = 2,
    ) -> None:
        """A line through points, broken at NaN."""
        style: Any = "solid" if dashes is None else (0, dashes)
        self._add(
            Line2D(
                xs, ys, color=colour, linewidth=_points(width), linestyle=style, zorder=depth,
                solid_joinstyle="round",
            )
        )  # fmt: skip

    def strokes(
        self, starts: Floats, ends: Floats, colour: str, width: float, *, depth: float = 1
    ) -> None:
        """Many straight lines at once, between points of shape (lines, 2)."""
        vertices = np.stack((starts, ends), axis=1).reshape(-1, 2)
        path = Path(vertices, np.tile(_STROKE, len(starts)))
        self._add(
            PathPatch(
                path, edgecolor=colour, facecolor="none", linewidth=_points(width), zorder=depth
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
        edge: float = 0,
        opacity: float = 1,
        depth: float = 1,
    ) -> None:
        """Many filled boxes at once."""
        corners = ((left, bottom), (left, top), (right, top), (right, bottom), (left, bottom))
        vertices = np.stack([np.column_stack(each) for each in corners], axis=1).reshape(-1, 2)
        path = Path(vertices, np.tile(_BOX, len(left)))
        self._add(
            PathPatch(
                path, facecolor=colour, edgecolor=colour if edge else "none",
                linewidth=_points(edge), alpha=opacity, zorder=depth,
            )
        )  # fmt: skip

    def mark(self, x: float, y: float, shape: str, colour: str, size: float) -> None:
        """A small shape with a rim that sets it off: `^`, `v` or `o`."""
        self._add(
            Line2D(
                [x], [y], marker=shape, markersize=_points(size), markerfacecolor=colour,
                markeredgecolor=self.background, markeredgewidth=_points(1.2), zorder=4,
            )
        )  # fmt: skip

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
        """A line of text, its middle at height `y`; gives the x behind it."""
        rounded = {"boxstyle": "round,pad=0.3", "facecolor": box, "edgecolor": "none"}
        written = self._figure.text(
            x, y, text, transform=self._pixels, color=colour, fontsize=_points(size),
            ha=align, va="center_baseline", fontweight="bold" if bold else "normal",
            bbox=rounded if box else None, zorder=5, parse_math=False,
        )  # fmt: skip
        return float(written.get_window_extent().x1) if align == "left" else x

    def svg(self, title: str) -> bytes:
        target = BytesIO()
        canvas = FigureCanvasSVG(self._figure)
        canvas.print_figure(target, format="svg", metadata={"Title": title, "Date": None})
        return target.getvalue()

    def png(self, title: str, density: float) -> bytes:
        """With `density` dots for each pixel, without transparency."""
        self._figure.set_dpi(96 * density)
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        dots = np.asarray(canvas.buffer_rgba())[:, :, :3]
        target, about = BytesIO(), PngInfo()
        about.add_text("Title", title)
        image = Image.fromarray(np.ascontiguousarray(dots))
        image.save(target, format="png", compress_level=1, pnginfo=about)
        return target.getvalue()

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._pixels)
        self._figure.add_artist(artist)


def _points(pixels: float) -> float:
    return pixels * 0.75
