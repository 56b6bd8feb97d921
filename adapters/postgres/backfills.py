"""How far backfills have come, which is operational, and which markets there are to backfill."""

from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable

from domain.candles import Series
from domain.facts import decode
from domain.market_facts import MarketDelisted, MarketListed

_REACHED = """
    SELECT max(reached) FROM ops.backfills WHERE exchange = %s AND pair = %s AND timeframe = %s
        AND since <= %s AND reached > %s"""
_REACH = """
    INSERT INTO ops.backfills AS b (exchange, pair, timeframe, since, until, reached)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (exchange, pair, timeframe, since, until) DO UPDATE
        SET reached = greatest(b.reached, excluded.reached), at = clock_timestamp()"""
_MARKETS = """
    SELECT DISTINCT ON (originator_id) topic, state FROM market.tape_events
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted')
    ORDER BY originator_id, originator_version DESC"""


class Backfills:
    """Backfills of one exchange; its connection holds the lead of them.

    The lead of one that was killed goes with its connection; for that `patience_ms` are waited.
    """

    def __init__(self, url: str, exchange: str, patience_ms: int = 3_000) -> None:
        self._exchange = exchange
        self._patience_ms = patience_ms
        self._connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            url, autocommit=True, application_name=f"papertape backfill {exchange}"
        )

    def lead(self) -> bool:
        """Try to become the one backfill of the exchange, until the connection ends."""
        self._connection.execute(f"SET lock_timeout = {self._patience_ms:d}")
        try:
            self._connection.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 4))", [self._exchange]
            )
        except LockNotAvailable:
            return False
        finally:
            self._connection.execute("SET lock_timeout = 0")
        return True

    def reached(self, series: Series, since: int) -> int | None:
        """Up to where the series was read without a stop from `since`, or from before, on."""
        row = self._connection.execute(_REACHED, (*series, since, since)).fetchone()
        return None if row is None else row[0]

    def reach(self, series: Series, since: int, until: int, reached: int) -> None:
        """Keep that the series was read up to `reached`."""
        self._connection.execute(_REACH, (*series, since, until, reached))

    def listed(self) -> list[str]:
        """Pairs that the tape says are listed."""
        facts = (decode(topic, state) for topic, state in self._connection.execute(_MARKETS))
        return sorted(
            fact.pair
            for fact in facts
            if isinstance(fact, MarketListed | MarketDelisted)
            and fact.exchange == self._exchange
            and not isinstance(fact, MarketDelisted)
        )

    def close(self) -> None:
        """Give up the lead."""
        self._connection.close()
