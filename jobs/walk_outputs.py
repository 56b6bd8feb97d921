"""What came of a walk-forward, as JSON and as a chart."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.backtesting.documents import trades_as_json
from adapters.candle_writing import whole
from adapters.sweeps.laying import Laid
from application.sweeping.bench import closed_trades, failure_of, figures_of
from application.sweeping.tried import Figures
from application.walking.walk import Step, Walked
from domain.account.facts import TradeClosed
from domain.performance.metrics import Metrics, measure
from domain.performance.summary import plain, summary
from domain.performance.warnings import ResultWarning, warnings_of
from domain.times import from_ms


@dataclass(frozen=True, slots=True)
class Gone:
    """A walk as far as it was let, of so many windows and combinations in each."""

    laid: Laid
    walked: Walked
    windows: int
    combinations: int
    by: str
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return len(self.walked.steps) == self.windows

    @property
    def trades(self) -> list[TradeClosed]:
        return closed_trades(self.walked.outcome.chapters)

    @property
    def span(self) -> tuple[int, int]:
        """From when to when (ms) was traded."""
        steps = self.walked.steps
        return steps[0].window.turn, steps[-1].window.until

    @property
    def failure(self) -> str | None:
        """What the strategy's own code first failed with in a test."""
        return failure_of(self.walked.outcome)

    def figures(self) -> Figures:
        """The figures of all tests together."""
        capital = self.walked.outcome.plan.capital
        return figures_of(self.trades, self.walked.curve, capital, *self.span)

    def metrics(self) -> Metrics:
        """All that is measured of all tests together."""
        outcome = self.walked.outcome
        first, last = map(from_ms, self.span)
        return measure(
            self.trades,
            self.walked.curve,
            capital=outcome.plan.capital,
            first=first,
            last=last,
            open_trades=list(outcome.account.trades.values()),
        )

    def warnings(self, metrics: Metrics) -> list[ResultWarning]:
        """What one should know before one believes it."""
        return warnings_of(metrics, parameters=len(self.walked.steps[0].chosen.parameters))


def document(gone: Gone) -> dict[str, Any]:
    """What `papertape walk-forward --json` says; metrics and trades are those of all tests."""
    metrics = gone.metrics()
    return {
        **gone.laid.depends_on(),
        "by": gone.by,
        "combinations": gone.combinations,
        "windows": [_step(each) for each in gone.walked.steps],
        "wanted": gone.windows,
        "cut_short": not gone.is_whole,
        "metrics": summary(metrics),
        "warnings": plain(gone.warnings(metrics)),
        "failure": gone.failure,
        "trades": trades_as_json(gone.trades),
        "seconds": {name: round(each, 6) for name, each in gone.seconds.items()},
    }


def _step(step: Step) -> dict[str, Any]:
    since, turn, until = (plain(from_ms(each)) for each in step.window)
    return {
        "train": {"since": since, "until": turn},
        "test": {"since": turn, "until": until},
        "parameters": step.chosen.parameters,
        "in_sample": step.chosen.figures,
        "out_of_sample": step.figures,
    }


def write_chart(gone: Gone, file: Path) -> None:
    """Draw the equity of all tests, each window set off; raises CannotWrite."""
    from adapters.reports.charts import Window, walk_forward_chart  # noqa: PLC0415  # slow

    steps = [each.window for each in gone.walked.steps]
    drawn = walk_forward_chart(
        gone.walked.curve,
        [Window(each.turn, each.until) for each in steps],
        quote=gone.laid.prepared.request.quote,
        format="png" if file.suffix.lower() == ".png" else "svg",
    )
    with whole(file) as unfinished:
        unfinished.write_bytes(drawn)
