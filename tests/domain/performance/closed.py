"""Closed trades and curves for the tests of results."""

from datetime import datetime
from decimal import Decimal

import numpy as np
from hypothesis import strategies as some

from domain.account.facts import ExitReason, TradeClosed
from domain.account.terms import Side
from domain.performance.curve import EquityCurve
from domain.times import to_ms
from tests.scenario import BTC, ETH, D, at

HOUR, DAY = 3_600_000, 86_400_000
SINCE = to_ms(at(0))
"""The first of January 2024, in ms."""


def closed(
    profit: str | Decimal = "10",
    *,
    number: int = 1,
    pair: str = BTC,
    side: Side = "long",
    entered: datetime | None = None,
    exited: datetime | None = None,
    quantity: Decimal = Decimal(10),
    entry_price: Decimal = Decimal(100),
    fees: Decimal = Decimal(3),
    slippage: Decimal = Decimal(1),
    reason: ExitReason = "signal",
    ambiguous: bool = False,
    r_multiple: Decimal | None = None,
    duration: int | None = None,
) -> TradeClosed:
    """A closed trade of 10 at 100, from 09:00 to 10:00 unless told; its prices do not matter."""
    return TradeClosed(
        at=exited or at(10),
        account="main",
        trade=number,
        pair=pair,
        strategy="cross",
        side=side,
        quantity=quantity,
        entered_at=entered or at(9),
        entry_price=entry_price,
        exit_price=D(101),
        exit_reason=reason,
        fees=fees,
        profit=D(profit),
        best=D(101),
        worst=D(100),
        ambiguous=ambiguous,
        caught_up=False,
        cash=D(10_000),
        slippage=slippage,
        r_multiple=r_multiple,
        duration=duration,
    )


def trades_of(*profits: str) -> list[TradeClosed]:
    """Trades with these profits, numbered from 1."""
    return [closed(profit, number=number) for number, profit in enumerate(profits, 1)]


def curve(*equity: float, every: int = DAY, since: int = SINCE) -> EquityCurve:
    """Equity at closes, the first one `every` ms after `since`."""
    return EquityCurve(since + every * (np.arange(len(equity)) + 1), np.array(equity, np.float64))


def points(*pairs: tuple[int, float]) -> EquityCurve:
    """Equity at moments in ms."""
    return EquityCurve(
        np.array([moment for moment, _ in pairs], np.int64),
        np.array([equity for _, equity in pairs], np.float64),
    )


MONEY = some.decimals(D("-1e9"), D("1e9"), places=8)
CLOSED = some.builds(
    closed,
    MONEY,
    number=some.integers(1, 10**6),
    pair=some.sampled_from([BTC, ETH]),
    side=some.sampled_from(["long", "short"]),
    exited=some.sampled_from([at(hour) for hour in range(10, 2_000, 150)]),
    fees=some.decimals(0, 1_000, places=8),
    slippage=some.decimals(0, 1_000, places=8),
    reason=some.sampled_from(["stop", "target", "signal"]),
    ambiguous=some.booleans(),
    r_multiple=some.none() | some.decimals(-50, 50, places=4),
    duration=some.none() | some.integers(0, 10**7),
)
"""Any closed trade."""
