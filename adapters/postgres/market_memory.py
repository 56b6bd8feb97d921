"""What the market tape already says, read from the tape itself and its candle table."""

from collections.abc import Sequence
from typing import Any

import psycopg

from adapters.postgres.candles import exact_candle
from application.tapes import period_stream, stream
from domain.candles import Candle
from domain.facts import decode
from domain.market_facts import MarketListed, market_rules
from domain.markets import MarketRules

_RULES = """
    SELECT DISTINCT ON (originator_id) topic, state FROM market.tape_events
    WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version DESC"""
_LAST_CLOSED = """
    SELECT originator_version FROM market.tape_events
    WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1"""
_NEWEST = """
    SELECT s.pair, c.open_time, c.open, c.high, c.low, c.close, c.volume
    FROM market.series AS s CROSS JOIN LATERAL (
        SELECT * FROM market.candles AS c
        WHERE c.series = s.id AND c.superseded_by IS NULL AND c.open_time < %s
        ORDER BY c.open_time DESC LIMIT 1
    ) AS c
    WHERE s.exchange = %s AND s.timeframe = %s AND s.pair = ANY(%s)"""


class MarketMemory:
    """What is recorded of one exchange; its connection holds the lead of scanning it."""

    def __init__(self, url: str, exchange: str) -> None:
        self._exchange = exchange
        self._connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            url, autocommit=True, application_name=f"papertape scan {exchange}"
        )

    def lead(self) -> bool:
        """Try to become the one scanner of the exchange, until the connection ends."""
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [self._exchange]
        ).fetchone()
        return row is not None and bool(row[0])

    def rules(self, pairs: Sequence[str]) -> dict[str, MarketRules]:
        """The newest recorded rules of each listed pair."""
        streams = [stream("market", self._exchange, pair) for pair in pairs]
        rows = self._connection.execute(_RULES, [streams])
        facts = (decode(topic, state) for topic, state in rows)
        return {fact.pair: market_rules(fact) for fact in facts if isinstance(fact, MarketListed)}

    def last_closed(self, timeframe: str) -> int | None:
        """The close (ms) of the newest closed period."""
        row = self._connection.execute(
            _LAST_CLOSED, [period_stream(self._exchange, timeframe)]
        ).fetchone()
        return None if row is None else int(row[0])

    def newest(self, timeframe: str, pairs: Sequence[str], now: int) -> dict[str, Candle]:
        """The newest recorded candle of each pair that has one with open time < `now` (ms)."""
        rows = self._connection.execute(
            _NEWEST, [now, self._exchange, timeframe, list(pairs)], binary=True
        )
        return {row[0]: exact_candle(row[1:]) for row in rows}

    def close(self) -> None:
        """Give up the lead."""
        self._connection.close()
