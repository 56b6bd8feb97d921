"""What came of a sweep, as JSON, CSV and a heat map."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from adapters.backtesting.request import BadRequest
from adapters.candle_writing import whole
from adapters.sweeps.laying import Laid
from application.sweeping.luck import expected_best_sharpe
from application.sweeping.space import Combination
from application.sweeping.sweep import Swept
from application.sweeping.tried import Tried, ranked
from jobs.backtest_outputs import checked as checked_files


@dataclass(frozen=True, slots=True)
class Found:
    """A sweep that is done, as far as it was let; the best are those by a figure."""

    laid: Laid
    swept: Swept
    by: str
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ranked(self) -> list[Tried]:
        """Those that were accepted, best first."""
        return ranked(self.swept.tried, self.by)

    @property
    def luckiest(self) -> float | None:
        """The Sharpe ratio that the best would have if none had any skill."""
        sharpes = (each.value("sharpe") for each in self.swept.tried)
        return expected_best_sharpe([each for each in sharpes if each is not None])


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files that are wanted; the heat map's two parameters."""

    table: Path | None
    heat_map: Path | None
    x: str
    y: str

    def write(self, found: Found) -> None:
        """Write them, the heat map if there is anything in it; raises CannotWrite."""
        if self.table is not None:
            with whole(self.table) as unfinished:
                _write_csv(unfinished, found.ranked)
        if self.heat_map is not None and found.ranked:
            with whole(self.heat_map) as unfinished:
                unfinished.write_bytes(self._drawn(self.heat_map, found))

    def _drawn(self, file: Path, found: Found) -> bytes:
        from adapters.reports.charts import Axis, heat_map  # noqa: PLC0415  # slow

        xs, ys = (_values(found.ranked, name) for name in (self.x, self.y))
        cells = np.full((len(ys), len(xs)), nan)
        for each in reversed(found.ranked):  # the best of several comes last
            if (merit := each.merit(found.by)) is not None:
                cells[ys.index(each.parameters[self.y]), xs.index(each.parameters[self.x])] = merit
        is_png = file.suffix.lower() == ".png"
        x, y = Axis(self.x, xs), Axis(self.y, ys)
        return heat_map(x, y, cells, measure=found.by, format="png" if is_png else "svg")


def checked(
    table: Path | None, heat_map: Path | None, x: str | None, y: str | None,
    combinations: Sequence[Combination],
) -> Outputs:  # fmt: skip
    """The files, if they can be written and two parameters be drawn; raises BadRequest."""
    checked_files(table, heat_map)
    names = list(combinations[0])
    if heat_map is None:
        return Outputs(table, None, "", "")
    for given in (x, y):
        if given is not None and given not in names:
            raise BadRequest(f"--heat-map: {given} is not tried; {', '.join(names)} are")
    x = x or next((name for name in names if name != y), None)
    y = y or next((name for name in names if name != x), None)
    if x is None or y is None or x == y:
        raise BadRequest("--heat-map: it takes two parameters, each with several values")
    return Outputs(table, heat_map, x, y)


def document(found: Found) -> dict[str, Any]:
    """What `papertape sweep --json` says: all that was accepted, best first."""
    swept = found.swept
    best = found.ranked[0].value("sharpe") if found.ranked else None
    return {
        **found.laid.depends_on(),
        "by": found.by,
        "tried": len(swept.tried),
        "wanted": swept.wanted,
        "repeated": swept.repeated,
        "cut_short": not swept.is_whole,
        "luck": {"best_sharpe": best, "expected_best_sharpe": found.luckiest},
        "runs": [_run(each) for each in found.ranked],
        "refused": [
            {"parameters": each.parameters, "reason": each.refused} for each in swept.refused
        ],
        "seconds": {name: round(each, 6) for name, each in found.seconds.items()},
    }


def _run(tried: Tried) -> dict[str, Any]:
    figures = tried.figures
    account = {"equity": figures["final_equity"], "open_trades": figures["open_trades"]}
    return {
        "parameters": tried.parameters,
        "trades": figures["trades"],
        "accounts": [account],
        "metrics": figures,
        "failure": tried.failure,
    }


def _write_csv(file: Path, tried: Sequence[Tried]) -> None:
    """A row for each, its parameters first."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = [{**each.parameters, **each.figures} for each in tried]
        writer = csv.DictWriter(opened, rows[0] if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def _values(tried: Sequence[Tried], name: str) -> list[str]:
    """The values of a parameter, ascending."""
    return sorted({each.parameters[name] for each in tried}, key=Decimal)
