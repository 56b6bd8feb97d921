"""The files that a backtest writes: its report and its chart."""

import os
from dataclasses import dataclass
from pathlib import Path

from adapters.backtesting.request import BadRequest
from adapters.backtesting.results import Result
from adapters.candle_writing import whole

_PICTURES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files that can be written, as far as can be known before."""

    html: Path | None
    chart: Path | None

    def write(self, result: Result, kept: int | None) -> None:
        """Write what is wanted of a result, kept under that number; raises CannotWrite."""
        if self.html is not None:
            from jobs.backtest_report import report_of  # noqa: PLC0415  # slow

            with whole(self.html) as unfinished:
                unfinished.write_text(report_of(result, kept), "utf-8")
        if self.chart is not None:
            with whole(self.chart) as unfinished:
                unfinished.write_bytes(_drawn(result, self.chart))


def checked(html: Path | None, chart: Path | None) -> Outputs:
    """The files, if they can be written; raises BadRequest."""
    if chart is not None and chart.suffix.lower() not in _PICTURES:
        raise BadRequest(f"{chart}: a chart ends in {' or '.join(_PICTURES)}")
    for path in (html, chart):
        if path is None:
            continue
        if path.is_dir() or not path.parent.is_dir():
            raise BadRequest(f"{path}: there is no such folder, or it is one")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise BadRequest(f"{path}: nothing can be written into that folder")
    return Outputs(html, chart)


def _drawn(result: Result, path: Path) -> bytes:
    from adapters.reports.charts import equity_chart  # noqa: PLC0415  # slow

    curves = {each.name: each.curve for each in result.accounts}
    quote = result.prepared.request.quote
    is_png = path.suffix.lower() == ".png"
    return equity_chart(curves, quote=quote, format="png" if is_png else "svg")
