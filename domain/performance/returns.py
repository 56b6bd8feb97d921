"""What an equity curve returned, and how evenly.

Returns are shares of the equity before: 0.1 is 10%. Days and months are those of UTC. A return of
a day or month goes from the last equity known at its beginning to the last known at its end, so a
close at midnight ends the day before. The first and the last may be parts of a day or month, one
without a point returns 0, and together they are the whole return. Paper money that is paid in or
taken out is not told apart from profit: a curve over it is to be measured in parts.
"""

from datetime import datetime
from decimal import Decimal
from math import sqrt

import msgspec
import numpy as np

from domain.candles import Floats, Times
from domain.performance.curve import ROUNDING, EquityCurve
from domain.performance.drawdown import DAY, Drawdown, deepest_drawdown
from domain.times import from_ms, to_ms
from domain.values import twelve_digits

YEAR_DAYS = 365
"""Markets of coins never close: a year has 365 days of trading."""


class MonthReturn(msgspec.Struct, frozen=True):
    """The return of a UTC month; None where it began with nothing or less."""

    year: int
    month: int
    rate: float | None


class Returns(msgspec.Struct, frozen=True):
    """What a curve returned: `final_equity` in quote (12 digits), all else shares and ratios.

    None: `total_return` without capital; `annual_return` of less than a day or of a loss of more
    than all; `sharpe` and `sortino` with fewer than two days, without any deviation, or where a day
    began with nothing; `calmar` without a drawdown or an annual return. `max_drawdown` is the share
    of `drawdown`, 0 where there was none.
    """

    final_equity: Decimal
    total_return: float | None
    annual_return: float | None
    max_drawdown: float
    drawdown: Drawdown | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    monthly_returns: tuple[MonthReturn, ...]


def returns_of(curve: EquityCurve, *, capital: Decimal, first: datetime, last: datetime) -> Returns:
    """The returns of a curve that began with `capital` at `first` and was watched until `last`."""
    begun = curve.begun(to_ms(first), float(capital))
    total = _total_return(float(capital), float(begun.equity[-1]))
    annual = annual_return(total, (to_ms(last) - to_ms(first)) / DAY)
    drawdown = deepest_drawdown(begun)
    daily = daily_returns(begun, to_ms(last))
    return Returns(
        final_equity=twelve_digits(begun.equity[-1]),
        total_return=total,
        annual_return=annual,
        max_drawdown=0.0 if drawdown is None else drawdown.share,
        drawdown=drawdown,
        sharpe=sharpe(daily),
        sortino=sortino(daily),
        calmar=None if annual is None or drawdown is None else annual / drawdown.share,
        monthly_returns=monthly_returns(begun, to_ms(last)),
    )


def annual_return(total: float | None, days: float) -> float | None:
    """The return that, compounded for 365 days, is in step with `total` in so many days.

    (1 + total) ^ (365 / days) - 1. None for less than a day, of which a year says nothing, where
    more than all was lost, and where it is beyond all measure.
    """
    if total is None or days < 1 or total < -1:
        return None
    try:
        return float((1 + total) ** (YEAR_DAYS / days)) - 1
    except OverflowError:
        return None


def sharpe(daily: Floats) -> float | None:
    """Mean of daily returns / their sample standard deviation (n - 1) x sqrt(365).

    Sharpe (1994), with a risk-free rate of 0.
    """
    if len(daily) < 2 or np.isnan(daily).any():
        return None
    return _yearly(float(np.mean(daily)), float(np.std(daily, ddof=1)))


def sortino(daily: Floats) -> float | None:
    """Mean of daily returns / their downside deviation from 0 x sqrt(365).

    The downside deviation is the root of the mean, over all n days, of min(return, 0) squared
    (Sortino and Price, 1994).
    """
    if len(daily) < 2 or np.isnan(daily).any():
        return None
    return _yearly(float(np.mean(daily)), sqrt(float(np.mean(np.minimum(daily, 0) ** 2))))


def daily_returns(curve: EquityCurve, until: int) -> Floats:
    """The returns of all UTC days from the curve's first point to `until` (ms).

    NaN for a day that began with nothing or less.
    """
    first = int(curve.at[0])
    days = np.arange(first // DAY, max(until - 1, first) // DAY + 1)
    return _returns(curve, (days + 1) * DAY)


def monthly_returns(curve: EquityCurve, until: int) -> tuple[MonthReturn, ...]:
    """The returns of all UTC months from the curve's first point to `until` (ms)."""
    first = int(curve.at[0])
    months = np.arange(_month(first), _month(max(until - 1, first)) + 1)
    ends = (months + 1).astype("datetime64[ms]").astype(np.int64)
    opened = [from_ms(int(moment)) for moment in months.astype("datetime64[ms]").astype(np.int64)]
    return tuple(
        MonthReturn(month.year, month.month, None if np.isnan(rate) else float(rate))
        for month, rate in zip(opened, _returns(curve, ends), strict=True)
    )


def _total_return(before: float, after: float) -> float | None:
    return (after - before) / before if before > 0 else None


def _month(moment: int) -> np.datetime64:
    month: np.datetime64 = np.datetime64(moment, "ms").astype("datetime64[M]")
    return month


def _returns(curve: EquityCurve, ends: Times) -> Floats:
    """Returns between ends (ms), the first from the curve's first point; NaN from nothing."""
    after = curve.known_at(ends)
    before = np.concatenate((curve.equity[:1], after[:-1]))
    rates = np.full(len(ends), np.nan)
    np.divide(after - before, before, out=rates, where=before > 0)
    return rates


def _yearly(mean: float, deviation: float) -> float | None:
    return None if deviation <= ROUNDING else mean / deviation * sqrt(YEAR_DAYS)
