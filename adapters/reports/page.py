"""A report as one HTML page: no network, no script, light and dark, on a phone and a desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adapters.charts.looks import LOOKS
from adapters.reports import words
from adapters.reports.canvas import Picture
from adapters.reports.colours import inline_look, variables
from adapters.reports.curves import equity_picture
from adapters.reports.figures import Figure, Group, groups, headline
from adapters.reports.months import MonthsPicture
from adapters.reports.rendering import inline
from adapters.reports.report import Report, ReportedRun
from adapters.reports.tables import Table, TradeRow, cut_tables, declined_rows, trade_rows
from domain.account.facts import TradeClosed
from domain.times import to_ms

if TYPE_CHECKING:
    from jinja2 import Template

_WIDTHS = {"phone": 340, "tablet": 640, "desk": 1_100}
"""Pixels of the pictures, of which a page shows the one that it has room for."""

_MOST_TRADES, _ALL_TRADES = 400, 800
"""How many trades are told of in full, half of them the first ones: of a run, and of all runs."""


class _Trades(NamedTuple):
    """Trades as they are shown: all, or the first and the last ones."""

    first: list[TradeRow]
    last: list[TradeRow]
    total: int


@dataclass(frozen=True, slots=True)
class _RunView:
    """A run as the template takes it."""

    name: str
    headline: list[Figure]
    months: str
    cuts: list[Table]
    declined: list[tuple[str, str]]
    trades: _Trades


def page(report: Report) -> str:
    """The page; jinja2 is imported at the first call."""
    return _template().render(
        report=report,
        words=words,
        styles={style: variables(look) for style, look in LOOKS.items()},
        equity=_equity(report),
        warnings=list(_warnings(report.runs)),
        compared=_compared(report.runs),
        runs=[_run_view(run, report) for run in report.runs],
        ended_at=max(run.metrics.last for run in report.runs),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _equity(report: Report) -> str:
    """All runs' curves in one picture, each from the capital on."""
    curves = {
        run.name: run.curve.begun(to_ms(run.metrics.first), float(run.metrics.capital))
        for run in report.runs
    }
    return _pictures(equity_picture(curves, report.quote))


def _pictures(picture: Picture) -> str:
    look = inline_look()
    return "".join(inline(picture, look, width, name) for name, width in _WIDTHS.items())


def _warnings(runs: Sequence[ReportedRun]) -> Iterator[str]:
    """Each warning once; where not all runs have it, with the names of those that do."""
    said = dict.fromkeys(warning for run in runs for warning in run.warnings)
    for warning in said:
        names = [run.name for run in runs if warning in run.warnings]
        yield warning if len(names) == len(runs) else f"{', '.join(names)}: {warning}"


def _compared(runs: Sequence[ReportedRun]) -> list[tuple[str, list[list[Figure]]]]:
    """All figures by group; in a group rows of one figure, one for each run."""
    told: list[list[Group]] = [groups(run.metrics) for run in runs]
    return [
        (group[0].name, [list(row) for row in zip(*(each.figures for each in group), strict=True)])
        for group in zip(*told, strict=True)
    ]


def _run_view(run: ReportedRun, report: Report) -> _RunView:
    places = words.places_for(run.metrics.capital)
    months = run.metrics.returns.monthly_returns
    return _RunView(
        name=run.name,
        headline=headline(run.metrics, report.quote),
        months=_pictures(MonthsPicture(months)) if months else "",
        cuts=cut_tables(run.metrics.breakdowns, places) if run.trades else [],
        declined=declined_rows(run.declined),
        trades=_shown(run.trades, places, min(_MOST_TRADES, _ALL_TRADES // len(report.runs))),
    )


def _shown(trades: Sequence[TradeClosed], places: int, room: int) -> _Trades:
    if len(trades) <= room:
        return _Trades(list(trade_rows(trades, places)), [], len(trades))
    half = room // 2
    first, last = trades[:half], trades[len(trades) - half :]
    return _Trades(list(trade_rows(first, places)), list(trade_rows(last, places)), len(trades))
