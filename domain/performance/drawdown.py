"""The deepest fall of an equity curve below what it had been before."""

from datetime import datetime
from decimal import Decimal

import msgspec
import numpy as np

from domain.candles import Floats
from domain.performance.curve import ROUNDING, EquityCurve
from domain.times import from_ms
from domain.values import twelve_digits

DAY = 86_400_000
"""A day in ms."""


class Drawdown(msgspec.Struct, frozen=True):
    """The fall from a peak to a trough: `share` of the peak, `amount` in quote (12 digits).

    `peak_at` is when the curve was last at its peak, `trough_at` when it was first that deep,
    `recovered_at` when it was first at the peak again, None if never. `days` from peak to trough.
    """

    share: float
    amount: Decimal
    peak_at: datetime
    trough_at: datetime
    recovered_at: datetime | None
    days: float


def deepest_drawdown(curve: EquityCurve) -> Drawdown | None:
    """The drawdown with the largest share, the first of them; None if equity never fell.

    Share = (highest equity up to then - equity) / that highest, as far as it was above zero. It is
    more than 1 where equity is negative.
    """
    if not len(curve):
        return None
    trough = int(np.argmax(drawdowns(curve.equity)))
    peak_equity, equity = float(np.max(curve.equity[: trough + 1])), float(curve.equity[trough])
    if peak_equity <= 0 or equity >= peak_equity * (1 - ROUNDING):
        return None
    peak = trough - int(np.argmax(curve.equity[trough::-1] == peak_equity))
    later = np.flatnonzero(curve.equity[trough:] >= peak_equity)
    return Drawdown(
        share=(peak_equity - equity) / peak_equity,
        amount=twelve_digits(peak_equity - equity),
        peak_at=from_ms(int(curve.at[peak])),
        trough_at=from_ms(int(curve.at[trough])),
        recovered_at=from_ms(int(curve.at[trough + later[0]])) if len(later) else None,
        days=int(curve.at[trough] - curve.at[peak]) / DAY,
    )


def drawdowns(equity: Floats) -> Floats:
    """The drawdown at each point as a share, 0 where there was no equity to fall from."""
    highest = np.maximum.accumulate(equity)
    fallen = highest - equity
    return np.divide(fallen, highest, out=np.zeros_like(fallen), where=highest > 0)
