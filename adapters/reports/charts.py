"""Charts of results, each as the bytes of a file.

All take `style` ("light" or "dark"), `format` ("svg" or "png"), `width` in pixels and, for a PNG,
`density` in dots for each of them. An SVG is ours and light; a PNG is drawn by Matplotlib, which
is imported at the first.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from adapters.charts.candle_chart import Format
from adapters.charts.looks import Style
from adapters.reports.curve_drawing import Window, stretches_of
from adapters.reports.curves import equity_picture
from adapters.reports.heat import Axis, HeatPicture
from adapters.reports.months import MonthsPicture
from adapters.reports.rendering import rendered
from domain.candles import Floats
from domain.performance.curve import EquityCurve
from domain.performance.returns import MonthReturn

__all__ = ["Axis", "Window", "equity_chart", "heat_map", "months_map", "walk_forward_chart"]


def equity_chart(
    curves: Mapping[str, EquityCurve],
    *,
    quote: str = "",
    style: Style = "light",
    format: Format = "svg",
    width: int = 900,
    density: float = 2.0,
) -> bytes:
    """Equity curves by name, of any length, and their drawdowns below."""
    return rendered(equity_picture(curves, quote), style, format, width, density)


def walk_forward_chart(
    curve: EquityCurve,
    windows: Sequence[Window],
    *,
    quote: str = "",
    style: Style = "light",
    format: Format = "svg",
    width: int = 900,
    density: float = 2.0,
) -> bytes:
    """The joined curve out of sample; its windows are set off, each with what it returned."""
    stretches = list(stretches_of(curve, windows)) if len(curve) else []
    picture = equity_picture({"Out of sample": curve}, quote, stretches)
    return rendered(picture, style, format, width, density)


def months_map(
    months: Sequence[MonthReturn],
    *,
    style: Style = "light",
    format: Format = "svg",
    width: int = 900,
    density: float = 2.0,
) -> bytes:
    """Monthly returns (percent) in the colours of gain and loss, and those of years."""
    return rendered(MonthsPicture(months), style, format, width, density)


def heat_map(
    x: Axis,
    y: Axis,
    values: Floats,
    *,
    measure: str = "",
    best_is_lowest: bool = False,
    style: Style = "light",
    format: Format = "svg",
    width: int = 900,
    density: float = 2.0,
) -> bytes:
    """What `measure` was for each pair of two parameters: `values[y, x]`, NaN where unknown."""
    known = np.where(np.isfinite(values), values, np.nan)
    picture = HeatPicture(x, y, known, measure, best_is_lowest)
    return rendered(picture, style, format, width, density)
