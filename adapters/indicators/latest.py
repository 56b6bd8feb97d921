"""What was computed last over the same candles, for the other lines of the same indicators."""

import threading

from adapters.indicators.formula import Formula, Lines
from domain.candles import Candles, Floats


class Latest(threading.local):
    """The results over the candles that this thread has computed over last.

    One indicator with several lines is thus computed once. Candles are recognised by identity.
    """

    def __init__(self) -> None:
        self._candles = Candles.none()
        self._results: dict[int, tuple[Formula, Lines]] = {}

    def line(self, formula: Formula, number: int, candles: Candles) -> Floats:
        """A line of the formula over these candles: an array of the caller's own."""
        if len(formula.lines) == 1:
            return formula.values(candles)[0]
        if candles is not self._candles:
            self._candles, self._results = candles, {}
        if id(formula) not in self._results:
            self._results[id(formula)] = formula, formula.values(candles)
        return self._results[id(formula)][1][number].copy()
