"""The picture of monthly returns: a row for each year, or two in a narrow one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from adapters.charts.looks import LABEL, LEGEND, Look
from adapters.reports.canvas import NARROW, Canvas, colour_of
from adapters.reports.cells import draw_cell, signed_shade
from adapters.reports.words import NOTHING, percent
from domain.performance.returns import MonthReturn

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEAD, _ROW, _YEAR, _WHOLE = 24.0, 34.0, 50.0, 78.0
_NARROW_HEAD, _NARROW_ROW, _BETWEEN = 22.0, 38.0, 8.0


@dataclass(frozen=True, slots=True)
class MonthsPicture:
    """Returns of months, in any order."""

    months: Sequence[MonthReturn]

    @property
    def title(self) -> str:
        said = (f"{year} {percent(whole_year(rates))}" for year, rates in self._years.items())
        return f"Monthly returns, by year: {'; '.join(said)}"

    def height(self, width: float) -> float:
        if width >= NARROW:
            return _HEAD + _ROW * len(self._years)
        return sum(map(_narrow_height, self._years.values()))

    def draw(self, canvas: Canvas, width: float, look: Look) -> None:
        drawn = self._wide if width >= NARROW else self._narrow
        drawn(canvas, width, look)

    @property
    def _years(self) -> dict[int, dict[int, float | None]]:
        """The rates by year and month."""
        years: dict[int, dict[int, float | None]] = {}
        for each in self.months:
            years.setdefault(each.year, {})[each.month] = each.rate
        return dict(sorted(years.items()))

    @property
    def _most(self) -> float:
        return max((abs(each.rate) for each in self.months if each.rate is not None), default=0.0)

    def _wide(self, canvas: Canvas, width: float, look: Look) -> None:
        cell = (width - _YEAR - _WHOLE) / 12
        for number, name in enumerate(_NAMES):
            x = _YEAR + (number + 0.5) * cell
            canvas.text(x, _HEAD / 2, name, look.muted, LABEL, align="center")
        canvas.text(width - 2, _HEAD / 2, "Year", look.muted, LABEL, align="right")
        for row, (year, rates) in enumerate(self._years.items()):
            y = _HEAD + row * _ROW
            canvas.text(0, y + _ROW / 2, str(year), look.text, LEGEND, bold=True)
            _draw_whole(canvas, width - 2, y + _ROW / 2, whole_year(rates), look)
            for month, rate in rates.items():
                x = _YEAR + (month - 1) * cell
                _shade(canvas, (x, y, cell, _ROW), rate, self._most, look)
                middle = (x + cell / 2, y + _ROW / 2)
                canvas.text(*middle, _text(rate), look.text, LABEL, align="center")

    def _narrow(self, canvas: Canvas, width: float, look: Look) -> None:
        cell, top = width / 6, 0.0
        for year, rates in self._years.items():
            canvas.text(0, top + 10, str(year), look.text, LEGEND, bold=True)
            _draw_whole(canvas, width - 2, top + 10, whole_year(rates), look)
            halves = _halves(rates)
            for month, rate in rates.items():
                half, column = divmod(month - 1, 6)
                x, y = column * cell, top + _NARROW_HEAD + halves.index(half) * _NARROW_ROW
                _shade(canvas, (x, y, cell, _NARROW_ROW), rate, self._most, look)
                middle = x + cell / 2
                canvas.text(middle, y + 11, _NAMES[month - 1], look.muted, 10, align="center")
                canvas.text(middle, y + 25, _text(rate), look.text, LABEL, align="center")
            top += _narrow_height(rates)


def _halves(rates: Mapping[int, float | None]) -> list[int]:
    """The halves of the year, 0 and 1, that have months."""
    return sorted({(month - 1) // 6 for month in rates})


def _narrow_height(rates: Mapping[int, float | None]) -> float:
    return _NARROW_HEAD + _NARROW_ROW * len(_halves(rates)) + _BETWEEN


def whole_year(rates: Mapping[int, float | None]) -> float | None:
    """The return of a year's months together; None if one is not known."""
    known = [rate for rate in rates.values() if rate is not None]
    return prod(1 + rate for rate in known) - 1 if len(known) == len(rates) else None


def _shade(
    canvas: Canvas,
    box: tuple[float, float, float, float],
    rate: float | None,
    most: float,
    look: Look,
) -> None:
    known = float("nan") if rate is None else rate
    draw_cell(canvas, *box, *signed_shade(known, most, look))


def _draw_whole(canvas: Canvas, x: float, y: float, rate: float | None, look: Look) -> None:
    canvas.text(
        x, y, percent(rate, signed=True), colour_of(rate, look), LEGEND, align="right", bold=True
    )


def _text(rate: float | None) -> str:
    """A rate without its sign of percent, which the caption has."""
    if rate is None:
        return NOTHING
    return percent(rate, 0 if abs(rate) >= 1 else 1, signed=True)[:-2]
