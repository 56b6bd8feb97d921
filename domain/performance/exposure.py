"""How much of the time trades were open, and how much of the equity was in them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from domain.account.facts import TradeClosed
from domain.account.state import Trade
from domain.candles import Floats, Times
from domain.performance.curve import EquityCurve
from domain.times import to_ms


class Exposure(msgspec.Struct, frozen=True):
    """Shares of the span from first to last moment, None where that is nothing.

    `exposed_time` is the share of it with at least one trade open. `exposure` is what open trades
    cost at their entry, on average over the span, / the average equity of the curve; None where
    that is not above zero. Trades that were left in parts count in whole until their end.
    """

    exposed_time: float | None
    exposure: float | None


def exposure_of(
    trades: Sequence[TradeClosed],
    open_trades: Sequence[Trade],
    curve: EquityCurve,
    *,
    first: datetime,
    last: datetime,
) -> Exposure:
    """How exposed an account was; open trades are taken to be open until `last`."""
    since, until = to_ms(first), to_ms(last)
    if until <= since:
        return Exposure(None, None)
    entered, exited = _times(trades, open_trades, until)
    entered, exited = entered.clip(since, until), exited.clip(since, until)
    cost = float(_costs(trades, open_trades) @ (exited - entered)) / (until - since)
    equity = float(np.mean(curve.equity)) if len(curve) else 0.0
    return Exposure(
        exposed_time=covered(entered, exited) / (until - since),
        exposure=cost / equity if equity > 0 else None,
    )


def covered(entered: Times, exited: Times) -> int:
    """How many ms lie within at least one of the spans from `entered` to `exited` (ms)."""
    order = np.argsort(entered, kind="stable")
    entered, exited = entered[order], exited[order]
    until = np.concatenate((entered[:1], np.maximum.accumulate(exited)[:-1]))
    return int(np.maximum(exited - np.maximum(entered, until), 0).sum())


def _times(
    trades: Sequence[TradeClosed], open_trades: Sequence[Trade], until: int
) -> tuple[Times, Times]:
    entered = [to_ms(trade.entered_at) for trade in _all(trades, open_trades)]
    exited = [to_ms(trade.at) for trade in trades] + [until] * len(open_trades)
    return np.array(entered, np.int64), np.array(exited, np.int64)


def _costs(trades: Sequence[TradeClosed], open_trades: Sequence[Trade]) -> Floats:
    """What each trade cost at its entry, in quote."""
    entered = _all(trades, open_trades)
    return np.array([float(trade.quantity) * float(trade.entry_price) for trade in entered])


def _all(
    trades: Sequence[TradeClosed], open_trades: Sequence[Trade]
) -> Sequence[TradeClosed | Trade]:
    return [*trades, *open_trades]
