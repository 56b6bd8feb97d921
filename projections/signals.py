"""Signals, and what became of them: an order, or the reason why not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
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


def project(cursor: Cursor, page: Page) -> None:
    """Add signals, then their answers, which have the same trade, purpose and time.

    An exit that something else than a signal ordered answers none.
    """
    page.run(cursor, _STEPS)


_RAISED: LiteralString = """
    INSERT INTO read.signals
    SELECT account, trade, strategy, timeframe, pair, side, purpose, at, close, stop, target,
        indicators, NULL, NULL, NULL, position
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, strategy text, timeframe text, pair text, side text,
        purpose text, at timestamptz, close numeric, stop numeric, target numeric,
        indicators jsonb, position bigint)"""
_ORDERED: LiteralString = """
    UPDATE read.signals AS s SET outcome = 'ordered'
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, purpose text, at timestamptz, reason text)
    WHERE s.account = f.account AND s.trade = f.trade AND s.purpose = f.purpose AND s.at = f.at
        AND coalesce(f.reason, 'signal') = 'signal'"""
_DECLINED: LiteralString = """
    UPDATE read.signals AS s SET outcome = 'declined', reason = f.reason, numbers = f.numbers
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        account text, trade bigint, purpose text, at timestamptz, reason text, numbers jsonb)
    WHERE s.account = f.account AND s.trade = f.trade AND s.purpose = f.purpose AND s.at = f.at"""
_STEPS = (
    Step(("SignalRaised",), _RAISED),
    Step(("OrderPlaced",), _ORDERED),
    Step(("SignalDeclined",), _DECLINED),
)


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
