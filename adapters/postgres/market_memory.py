"""What the market tape already says of one exchange, read from the tape and its candle table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.candles import CandleTable
from adapters.postgres.gap_memory import GapMemory
from application.ports import ClosedPeriod, Failing, RecordedGap
from application.tapes import failure_stream, period_stream, stall_stream
from domain.candles import Candles, Series
from domain.facts import Fact, decode
from domain.market_facts import (
    ExchangeStalled,
    MarketDelisted,
    MarketListed,
    PeriodClosed,
    ScanFailed,
    market_rules,
)
from domain.markets import MarketRules
from domain.times import to_ms

_NOW = 2**62
"""A position behind all there are."""

_LISTINGS = """
    SELECT topic, state FROM market.tape_events
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted')
      AND notification_id > %s ORDER BY notification_id"""
_HEAD = "SELECT coalesce(max(notification_id), 0) FROM market.tape_events"
_NEWEST = """
    SELECT topic, state FROM market.tape_events
    WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1"""
_FAILING = """
    SELECT newest.state, newest.originator_version - coalesce(well.originator_version, 0)
    FROM unnest(%s::uuid[]) AS s (stream)
    CROSS JOIN LATERAL (
        SELECT topic, state, originator_version FROM market.tape_events
        WHERE originator_id = s.stream ORDER BY originator_version DESC LIMIT 1) AS newest
    LEFT JOIN LATERAL (
        SELECT originator_version FROM market.tape_events
        WHERE originator_id = s.stream AND topic = 'MarketRevalidated'
        ORDER BY originator_version DESC LIMIT 1) AS well ON true
    WHERE newest.topic = 'ScanFailed'"""


class MarketMemory:
    """What is recorded of one exchange; its connection holds the lead of scanning it."""

    def __init__(self, url: str, exchange: str) -> None:
        self._exchange = exchange
        self._connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            url, autocommit=True, application_name=f"papertape scan {exchange}"
        )
        self._tables: dict[str, CandleTable] = {}
        self._listed: dict[str, MarketRules] = {}
        self._read_to = 0

    def lead(self) -> bool:
        """Try to become the one scanner of the exchange, until the connection ends."""
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [self._exchange]
        ).fetchone()
        return row is not None and bool(row[0])

    def listed(self) -> dict[str, MarketRules]:
        """The newest recorded rules of every market that is listed and not delisted, by pair."""
        head = self._connection.execute(_HEAD).fetchone()
        for topic, state in self._connection.execute(_LISTINGS, [self._read_to]):
            fact = decode(topic, state)
            if isinstance(fact, MarketListed) and fact.exchange == self._exchange:
                self._listed[fact.pair] = market_rules(fact)
            elif isinstance(fact, MarketDelisted) and fact.exchange == self._exchange:
                self._listed.pop(fact.pair, None)
        self._read_to = 0 if head is None else head[0]
        return dict(self._listed)

    def last_period(self, timeframe: str) -> ClosedPeriod | None:
        """The newest closed period."""
        fact = self._newest_fact(period_stream(self._exchange, timeframe))
        if not isinstance(fact, PeriodClosed):
            return None
        return ClosedPeriod(to_ms(fact.at), to_ms(fact.seen_at))

    def newest(
        self, timeframe: str, pairs: Sequence[str], until: int, count: int
    ) -> Mapping[str, Candles]:
        """The last `count` recorded candles of each pair with open time <= `until` (ms)."""
        if timeframe not in self._tables:
            self._tables[timeframe] = CandleTable(self._connection, self._exchange, timeframe)
        return self._tables[timeframe].newest(pairs, until, _NOW, count)

    def failing(self, timeframe: str, pairs: Sequence[str]) -> dict[str, Failing]:
        """Those pairs whose last scan failed."""
        streams = [failure_stream(Series(self._exchange, pair, timeframe)) for pair in pairs]
        found = {}
        for state, failures in self._connection.execute(_FAILING, [streams]):
            fact = decode("ScanFailed", state)
            assert isinstance(fact, ScanFailed)
            found[fact.pair] = Failing(failures, to_ms(fact.at))
        return found

    def gaps(
        self, timeframe: str, pairs: Sequence[str], since: int, until: int
    ) -> Mapping[str, Sequence[RecordedGap]]:
        """Gaps that were found and reach between two open times (ms), by pair, oldest first."""
        series = [Series(self._exchange, pair, timeframe) for pair in pairs]
        found = GapMemory(self._connection).gaps(series, since, until)
        return {each.pair: gaps for each, gaps in found.items()}

    def stalled_since(self) -> datetime | None:
        """Since when the exchange is stalled, if it is."""
        fact = self._newest_fact(stall_stream(self._exchange))
        return fact.at if isinstance(fact, ExchangeStalled) else None

    def _newest_fact(self, stream: UUID) -> Fact | None:
        row = self._connection.execute(_NEWEST, [stream]).fetchone()
        return None if row is None else decode(row[0], row[1])

    def close(self) -> None:
        """Give up the lead."""
        self._connection.close()
