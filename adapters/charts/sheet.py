"""A sheet to draw on, in CSS pixels from its upper left corner: all that is asked of Matplotlib."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from adapters.charts.frame import Frame
from adapters.charts.lettering import font_file, shown, width_of
from domain.candles import Floats

mpl.rcParams["svg.hashsalt"] = "papertape"  # else each SVG has other ids

_BOX = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
_STROKE = np.array([Path.MOVETO, Path.LINETO], np.uint8)
_GROUND = {"boxstyle": "square,pad=0.08", "edgecolor": "none", "alpha": 0.7}


class Sheet:
    """Lengths are pixels, 96 to the inch; what comes later in `depth` lies on top."""

    def __init__(self, width: float, height: float, background: str, margin: float = 0) -> None:
        """`margin` is left free all around, beside width and height."""
        self.width, self.height, self.background = width, height, background
        wide, high = width + 2 * margin, height + 2 * margin
        self._figure = Figure(figsize=(wide / 96, high / 96), dpi=96, facecolor=background)
        to_figure = Affine2D().translate(margin, margin).scale(1 / wide, -1 / high).translate(0, 1)
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
        within: Frame | None = None,
    ) -> None:
        """A line through points, broken at NaN."""
        style: Any = "solid" if dashes is None else (0, dashes)
        drawn = Line2D(
            xs, ys, color=colour, linewidth=_points(width), linestyle=style, zorder=depth,
            solid_joinstyle="round",
        )  # fmt: skip
        self._add(drawn, within)

    def strokes(
        self,
        starts: Floats,
        ends: Floats,
        colour: str,
        width: float,
        *,
        depth: float = 1,
        within: Frame | None = None,
    ) -> None:
        """Many straight lines at once, between points of shape (lines, 2)."""
        vertices = np.stack((starts, ends), axis=1).reshape(-1, 2)
        path = Path(vertices, np.tile(_STROKE, len(starts)))
        drawn = PathPatch(
            path, edgecolor=colour, facecolor="none", linewidth=_points(width), zorder=depth,
            capstyle="butt",
        )  # fmt: skip
        self._add(drawn, within)

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
        drawn = PathPatch(
            path, facecolor=colour, edgecolor=colour if edge else "none", linewidth=_points(edge),
            alpha=opacity, zorder=depth,
        )  # fmt: skip
        self._add(drawn, None)

    def area(
        self,
        xs: Floats,
        tops: Floats,
        bottoms: Floats,
        colour: str,
        *,
        opacity: float,
        depth: float,
        within: Frame | None = None,
    ) -> None:
        """What lies between two lines."""
        outline = np.column_stack((np.append(xs, xs[::-1]), np.append(tops, bottoms[::-1])))
        drawn = PathPatch(
            Path(outline, closed=False), facecolor=colour, edgecolor="none", alpha=opacity,
            zorder=depth,
        )  # fmt: skip
        self._add(drawn, within)

    def marks(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        shape: str,
        colour: str,
        size: float,
        *,
        depth: float = 4,
    ) -> None:
        """Small shapes with a rim that sets them off: `^`, `v`, `o` or `X`."""
        drawn = Line2D(
            xs, ys, linestyle="none", marker=shape, markersize=_points(size), zorder=depth,
            markerfacecolor=colour, markeredgecolor=self.background, markeredgewidth=_points(1.2),
        )  # fmt: skip
        self._add(drawn, None)

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
        on_plot: bool = False,
    ) -> float:
        """A line of text, its middle at height `y`; gives the x behind it if it begins at `x`.

        `on_plot`: what it lies on shines through less.
        """
        ground: dict[str, Any] | None = None
        if box is not None:
            ground = {"boxstyle": "round,pad=0.3", "facecolor": box, "edgecolor": "none"}
        elif on_plot:
            ground = {**_GROUND, "facecolor": self.background}
        self._figure.text(
            x, y, shown(text), transform=self._pixels, color=colour, ha=align,
            va="center_baseline", bbox=ground, zorder=5, parse_math=False,
            fontproperties=FontProperties(fname=font_file(bold), size=_points(size)),
        )  # fmt: skip
        return x + width_of(shown(text), size, bold=bold)

    def svg(self, title: str) -> bytes:
        """The sheet as an SVG; nothing can be drawn on it any more."""
        target = BytesIO()
        canvas = FigureCanvasSVG(self._figure)
        canvas.print_figure(target, format="svg", metadata={"Title": title, "Date": None})
        self._figure.clear()
        return target.getvalue()

    def png(self, title: str, density: float) -> bytes:
        """With `density` dots for each pixel, without transparency; the last thing to be asked."""
        self._figure.set_dpi(96 * density)
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        dots = canvas.buffer_rgba()
        high, wide = dots.shape[:2]
        image = Image.frombuffer("RGBA", (wide, high), dots, "raw", "RGBA", 0, 1).convert("RGB")
        canvas.renderer = None  # megabytes, which would wait for the garbage collector
        self._figure.clear()
        target, about = BytesIO(), PngInfo()
        about.add_text("Title", title)
        image.save(target, format="png", compress_level=1, compress_type=zlib.Z_RLE, pnginfo=about)
        return target.getvalue()

    def _add(self, artist: Artist, within: Frame | None) -> None:
        artist.set_transform(self._pixels)
        self._figure.add_artist(artist)
        if within is not None:
            corners = Bbox.from_extents(within.left, within.top, within.right, within.bottom)
            artist.set_clip_box(TransformedBbox(corners, self._pixels))


def _points(pixels: float) -> float:
    return pixels * 0.75
