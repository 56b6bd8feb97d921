"""The HTML report of a what-if: both lives on one page."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.candle_writing import whole
from adapters.indicators.engine import versions
from adapters.reports.page import page
from adapters.reports.report import Report, ReportedRun
from application.lives.measuring import Lived
from application.trading import ENGINE
from application.what_if import Answer, Question
from jobs.what_if_text import notes


def write_report(path: Path, answer: Answer, question: Question, sets: Sequence[str]) -> None:
    """Write a page that stands alone; raises CannotWrite."""
    with whole(path) as unfinished:
        unfinished.write_text(_page(answer, question, sets), "utf-8")


def _page(answer: Answer, question: Question, sets: Sequence[str]) -> str:
    account, metrics = answer.account, answer.what_if.metrics
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    command = shlex.join(["papertape", *sys.argv[1:]])
    return page(
        Report(
            name=f"What if: {question.account}",
            strategy=", ".join(sorted(account.strategies)),
            parameters={},
            exchange=account.exchange,
            pairs=account.pairs,
            timeframe=account.timeframe,
            quote=account.quote,
            since=metrics.first,
            until=metrics.last,
            runs=[
                _reported("what-if", answer.what_if, list(notes(answer, question))),
                _reported("recorded", answer.recorded, []),
            ],
            account=dict(each.partition("=")[::2] for each in sets),
            reproduce={"command": command, "engine": f"{ENGINE}, with {libraries}"},
        )
    )


def _reported(name: str, lived: Lived, warnings: Sequence[str]) -> ReportedRun:
    return ReportedRun(name, lived.metrics, lived.curve, lived.trades, lived.declined, warnings)
