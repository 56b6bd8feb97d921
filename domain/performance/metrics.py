"""All that is measured of an account over a span of time."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from domain.account.facts import TradeClosed
from domain.account.state import Trade
from domain.performance.breakdowns import Breakdowns, breakdowns_of
from domain.performance.curve import EquityCurve
from domain.performance.exposure import Exposure, exposure_of
from domain.performance.returns import Returns, returns_of
from domain.performance.tally import Tally, tally_of


class Metrics(msgspec.Struct, frozen=True):
    """What an account made of `capital` (quote) from `first` to `last`.

    `returns` is of its equity curve, which counts open trades at their last close; `tally` and
    `breakdowns` are of closed trades alone. `open_trades` is how many were open at the end.
    """

    first: datetime
    last: datetime
    capital: Decimal
    open_trades: int
    returns: Returns
    tally: Tally
    exposure: Exposure
    breakdowns: Breakdowns


def measure(
    trades: Sequence[TradeClosed],
    curve: EquityCurve,
    *,
    capital: Decimal,
    first: datetime,
    last: datetime,
    open_trades: Sequence[Trade] = (),
) -> Metrics:
    """Measure closed trades, in the order in which they were closed, and an equity curve.

    `first` is when the account began with `capital`, the open of the first period; `last` the
    close of the last one.
    """
    return Metrics(
        first=first,
        last=last,
        capital=capital,
        open_trades=len(open_trades),
        returns=returns_of(curve, capital=capital, first=first, last=last),
        tally=tally_of(trades),
        exposure=exposure_of(trades, open_trades, curve, first=first, last=last),
        breakdowns=breakdowns_of(trades),
    )
