"""Where Backtrader divides by zero, it ends."""

import numpy as np

from adapters.indicators.formula import Lines
from domain.candles import Floats


def quotient(dividend: Floats, divisor: Floats) -> Floats:
    """Number by number; what a division by zero gives must be cut off by `until_zero`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return dividend / divisor


def until_zero(divisor: Floats, *lines: Floats) -> Lines:
    """The lines, without a value from the first row on whose divisor is zero."""
    zeros = np.flatnonzero(divisor == 0)
    if len(zeros):
        for line in lines:
            line[zeros[0] :] = np.nan
    return lines
