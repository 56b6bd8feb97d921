"""Signals, and what became of them: an order, or the reason why not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from projections.queries import Connection, newest_first


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A strategy's opinion. `outcome` is `ordered` or `declined`, None before its answer.

    `indicators` and `numbers` hold decimals as text, by name. An exit signal has the
    number of its trade.
    """

    account: str
    trade: int
    strategy: str
    timeframe: str
    pair: str
    side: str
    purpose: str
    at: datetime
    close: Decimal
    stop: Decimal | None
    target: Decimal | None
    indicators: dict[str, str]
    outcome: str | None
    reason: str | None
    numbers: dict[str, str] | None
    position: int


def signals(
    connection: Connection,
    *,
    account: str | None = None,
    pair: str | None = None,
    strategy: str | None = None,
    outcome: str | None = None,
    trade: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[SignalRow]:
    """Signals, newest first; `after` is the position of the last one seen."""
    wanted = {
        "account": account,
        "pair": pair,
        "strategy": strategy,
        "outcome": outcome,
        "trade": trade,
    }
    return newest_first(connection, SignalRow, "signals", wanted, after, limit)
