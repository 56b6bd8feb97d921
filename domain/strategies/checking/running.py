"""Whether a strategy can be asked about any candles, and whether all that it says is heard."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from domain.strategies.checking.asking import Answer, Failed, Lines, rows_of
from domain.strategies.checking.findings import refused_at
from domain.strategies.checking.inspection import Inspection
from domain.strategies.checking.stretches import Stretch
from domain.strategies.said import PROMISED
from domain.strategies.strategy import Flags, Rules


@dataclass(slots=True)
class Ran:
    """What was said: of each stretch the rows that may signal, or all if none may."""

    said: list[list[Lines]] = field(default_factory=list)
    entries: int = 0
    exits: int = 0
    silent: dict[tuple[str, str], str] = field(default_factory=dict)
    silences: Counter[tuple[str, str]] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def all_warnings(self) -> tuple[str, ...]:
        """What the author may want to know."""
        silences = [
            f"{what} has no value at {self.silences[what, series]} candles of `{series}` that may "
            f"signal, first at {where}: there the strategy has no opinion."
            for (what, series), where in self.silent.items()
        ]
        never = (
            [] if self.entries else ["It never enters on these series: are its rules ever true?"]
        )
        return (*self.warnings, *silences, *never)


def run(inspection: Inspection) -> Ran:
    """Ask about every stretch; raises Refused where that fails, or where an entry would be lost."""
    ran = Ran()
    for done, subject in enumerate(inspection.subjects):
        inspection.told("runs on any candles", done, len(inspection.subjects))
        ran.said.append([_lines_of(inspection, stretch, ran) for stretch in subject])
    return ran


def signal_rows(stretch: Stretch) -> slice:
    """The rows that may signal, or all if none may."""
    return slice(None) if stretch.first == stretch.end else stretch.signals


def spoken(rules: Rules) -> tuple[Flags, Flags]:
    """The rows with an entry, and those with an exit."""
    nothing = np.zeros_like(rules.enter_long)
    return (
        rules.enter_long | (nothing if rules.enter_short is None else rules.enter_short),
        rules.exit_long | (nothing if rules.exit_short is None else rules.exit_short),
    )


def _lines_of(inspection: Inspection, stretch: Stretch, ran: Ran) -> Lines:
    if not len(stretch.traded):
        return _of_no_candles(inspection, stretch, ran)
    answer = inspection.ask(stretch.series, stretch.candles)
    if stretch.first < stretch.end:
        _refuse_lost_entries(stretch, answer)
        _note_silence(stretch, answer, ran)
        if stretch.series.is_market:
            _count(stretch, answer, ran)
    said = rows_of(answer.lines, signal_rows(stretch))
    return {what: line.copy() for what, line in said.items()}


def _of_no_candles(inspection: Inspection, stretch: Stretch, ran: Ran) -> Lines:
    """Trading never asks about no candles, so to fail there is no reason to refuse."""
    try:
        return dict(inspection.question.asked(stretch.candles).lines)
    except Failed as failed:
        ran.warnings.append(f"{failed.what} fails where there are no candles: {failed.__cause__}.")
        return {}


def _refuse_lost_entries(stretch: Stretch, answer: Answer) -> None:
    """Raises Refused where an entry's stop or target is not a number: it would not be made."""
    entries = spoken(answer.rules)[0] & answer.heard
    for name in PROMISED:
        array = getattr(answer.rules, name)
        if array is None:
            continue
        lost = np.flatnonzero((entries & ~np.isfinite(array))[stretch.signals])
        if len(lost):
            row = int(lost[0]) + stretch.signals.start
            spot = stretch.spot(row)
            raise refused_at(
                spot,
                check="entries",
                what=f"rule `{name}`",
                says=f"It enters at {spot}, where its {name} is {array[row]}: such an entry is "
                "never made.",
                advice=f"Enter only where there is one, such as `... & np.isfinite({name})`.",
                values=("true", str(array[row])),
            )


def _note_silence(stretch: Stretch, answer: Answer, ran: Ran) -> None:
    for what, values in answer.always.items():
        absent = np.flatnonzero(~np.isfinite(values[stretch.signals]))
        if len(absent):
            key = what, stretch.series.name
            ran.silences[key] += len(absent)
            ran.silent.setdefault(key, str(stretch.spot(int(absent[0]) + stretch.signals.start)))


def _count(stretch: Stretch, answer: Answer, ran: Ran) -> None:
    entries, exits = (
        np.sum((flags & answer.heard)[stretch.signals]) for flags in spoken(answer.rules)
    )
    ran.entries += int(entries)
    ran.exits += int(exits)
