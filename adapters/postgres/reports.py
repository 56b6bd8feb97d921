"""What the tapes hold, counted and hashed: two runs that agree print the same."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

_MARKET: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM market.tape_events
    WHERE topic IN ('CandleClosed', 'CandleRevised', 'PeriodClosed')
    ORDER BY originator_id, originator_version"""
_PERIODS: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM market.tape_events
    WHERE topic = 'PeriodClosed' AND topic <> 'CandleClosed' ORDER BY notification_id"""
_TRADING: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM trading.tape_events
    ORDER BY originator_id, originator_version"""
_COUNTS: LiteralString = """
    SELECT topic, count(*) FROM (
        SELECT topic FROM market.tape_events UNION ALL SELECT topic FROM trading.tape_events
    ) AS events GROUP BY topic ORDER BY topic"""


@dataclass(frozen=True, slots=True)
class TapeReport:
    """Counts by topic, and a SHA-256 of each tape's facts."""

    markets: int
    candles: int
    events: dict[str, int]
    trades: dict[str, int]
    market_tape_hash: str
    trading_tape_hash: str


def tape_report(url: str) -> TapeReport:
    """Read both tapes from end to end."""
    with psycopg.connect(url) as connection:
        events: dict[str, int] = dict(connection.execute(_COUNTS).fetchall())
        opened, closed = events.get("TradeOpened", 0), events.get("TradeClosed", 0)
        return TapeReport(
            markets=events.get("MarketListed", 0),
            candles=events.get("CandleClosed", 0),
            events=events,
            trades={"open": opened - closed, "closed": closed},
            market_tape_hash=_hash(connection, _MARKET, _PERIODS),
            trading_tape_hash=_hash(connection, _TRADING),
        )


def _hash(connection: psycopg.Connection[Any], *queries: LiteralString) -> str:
    """SHA-256 over streams in order of their id, then over periods in order of the tape."""
    digest = hashlib.sha256()
    for query in queries:
        with connection.cursor(name="hash", binary=True) as cursor:
            cursor.itersize = 5_000
            for row in cursor.execute(query):
                digest.update(_frame(row))
    return digest.hexdigest()


def _frame(row: Iterable[Any]) -> bytes:
    """Stream, version, topic and facts, each with its length before it."""
    stream, version, topic, state = row
    parts = (stream.bytes, version.to_bytes(8, "big"), topic.encode(), bytes(state))
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
