"""What a strategy says with a longer history, compared with what it says without.

Numbers agree to 1e-9 of themselves or of what is usual for their line, flags exactly. A rule may
differ where equal numbers sit on its threshold: where moving them by 1e-9 is enough to change it.
"""

import numpy as np

from domain.candles import Candles, Floats
from domain.strategies.checking.asking import (
    Answer,
    Failed,
    Line,
    Lines,
    indicator_named,
    rows_of,
    rule_lines,
)
from domain.strategies.checking.differences import (
    ROUNDING,
    Difference,
    are_near,
    earliest,
    paired,
)
from domain.strategies.checking.inspection import Inspection
from domain.strategies.checking.lots import lots
from domain.strategies.checking.stretches import Stretch
from domain.strategies.strategy import Flags

TRIALS = 16
"""So often numbers are moved to see whether a rule sits on its threshold."""


class History:
    """What is said of all candles of a series from row `begin` on."""

    def __init__(self, inspection: Inspection, stretch: Stretch, begin: int) -> None:
        self.begin = begin
        self._inspection = inspection
        self._answer = inspection.ask(stretch.series, stretch.traded[begin:])
        self._usual = {what: _usual(line) for what, line in self._answer.lines.items()}

    def difference(self, stretch: Stretch, start: int) -> Difference | None:
        """The first where what is said from row `start` on differs, of the rows that may signal.

        Its row is one of the stretch's. Indicators come before rules.
        """
        candles = stretch.traded[start : stretch.end]
        answer = self._inspection.ask(stretch.series, candles)
        rows = slice(stretch.first - start, stretch.end - start)
        same = slice(stretch.first - self.begin, stretch.end - self.begin)
        found = self._of_indicators(answer, rows, same)
        if found is None:
            found = self._of_rules(answer, candles, rows, same)
        return found and found.later(stretch.first - stretch.start)

    def _of_indicators(self, answer: Answer, rows: slice, same: slice) -> Difference | None:
        always = self._answer.always
        ours = rows_of(answer.indicator_lines, rows)
        theirs = rows_of(self._answer.indicator_lines, same)
        return earliest(
            (what, one, other, self._differ(what, one, other) & _speaks(other, what in always))
            for what, one, other in paired(ours, theirs)
        )

    def _of_rules(
        self, answer: Answer, candles: Candles, rows: slice, same: slice
    ) -> Difference | None:
        ours = rows_of(rule_lines(answer.rules), rows)
        theirs = rows_of(rule_lines(self._answer.rules), same)
        is_heard = answer.heard[rows] & self._answer.heard[same]
        found = [
            (what, one, other, self._differ(what, one, other) & is_heard)
            for what, one, other in paired(ours, theirs)
        ]
        if not any(differ.any() for *_, differ in found):
            return None
        firm = rows_of(self._firm(answer, candles), rows)
        return earliest(
            (what, one, other, differ & firm[what]) for what, one, other, differ in found
        )

    def _differ(self, what: str, one: Line, other: Line) -> Flags:
        return ~are_near(one, other, self._usual.get(what, 0.0))

    def _firm(self, answer: Answer, candles: Candles) -> Lines:
        """The rows of each rule on which moving the indicators by a rounding changes nothing."""
        said = rule_lines(answer.rules)
        firm = {what: np.ones(len(candles), dtype=np.bool_) for what in self._usual | said}
        for trial in range(TRIALS):
            values = {name: self._moved(name, answer, trial) for name in answer.values}
            try:
                rules = rule_lines(self._inspection.question.ruled(candles, values))
            except Failed:
                continue
            for what, one, other in paired(rules, said):
                firm[what] = firm[what] & ~self._differ(what, one, other)
        return firm

    def _moved(self, name: str, answer: Answer, trial: int) -> Floats:
        """An indicator's values, each a rounding higher or lower."""
        values = answer.values[name]
        sizes = np.maximum(np.abs(values), self._usual[indicator_named(name)])
        is_up = lots(f"{trial} {name}", len(values)) % 2 == 1
        return np.asarray(values + sizes * np.where(is_up, ROUNDING, -ROUNDING))


def _speaks(values: Line, is_always: bool) -> Flags:
    """Rows of a longer history that say something: without a value, one has no opinion."""
    return ~np.isnan(values) if is_always else np.ones(len(values), dtype=np.bool_)


def _usual(line: Line) -> float:
    """The median size of a line's numbers."""
    sizes = np.abs(line[np.isfinite(line)]) if line.dtype != np.bool_ else line[:0]
    return float(np.median(sizes)) if len(sizes) else 0.0
