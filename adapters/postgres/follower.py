"""Following a tape: one leader, woken by NOTIFY, and a poll in case a wake-up was lost."""

from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

from application.ports import Listings
from application.tapes import period_stream
from domain.facts import decode
from domain.market_facts import MarketDelisted, MarketListed, PeriodClosed


class Row(NamedTuple):
    """An event as it lies on a tape."""

    position: int
    originator_id: Any
    originator_version: int
    topic: str
    state: bytes


_ACTS: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM market.tape_events WHERE notification_id > %s AND topic <> 'CandleClosed'
    ORDER BY notification_id LIMIT %s"""
_TRADING: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM trading.tape_events WHERE notification_id > %s
    ORDER BY notification_id LIMIT %s"""
_LISTINGS: LiteralString = """
    SELECT topic, state FROM market.tape_events
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted')
        AND notification_id <= %s
    ORDER BY notification_id"""
_LAST_PERIOD: LiteralString = """
    SELECT topic, state FROM market.tape_events
    WHERE originator_id = %s AND notification_id <= %s ORDER BY originator_version DESC LIMIT 1"""
_QUERIES = {"market": _ACTS, "trading": _TRADING}


class Follower:
    """A connection that listens to a tape before it first reads it.

    The market tape is followed without its candles: `PeriodClosed` says when to read those.
    """

    def __init__(self, url: str, tape: str, leader_of: str) -> None:
        self.connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            url, autocommit=True, application_name=f"papertape {leader_of}"
        )
        self._query = _QUERIES[tape]
        self._head = SQL("SELECT coalesce(max(notification_id), 0) FROM {}").format(
            Identifier(tape, "tape_events")
        )
        self._leader_of = leader_of
        self.connection.execute(SQL("LISTEN {}").format(Identifier(f"{tape}_tape")))

    def lead(self) -> bool:
        """Try to become the one that does this work; held until the connection ends."""
        row = self.connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [self._leader_of]
        ).fetchone()
        return row is not None and bool(row[0])

    def page(self, after: int, limit: int) -> list[Row]:
        """At most `limit` events behind a position, in order."""
        rows = self.connection.execute(self._query, [after, limit], binary=True)
        return [Row(*row) for row in rows]

    def head(self) -> int:
        """The newest position."""
        row = self.connection.execute(self._head).fetchone()
        return 0 if row is None else int(row[0])

    def wait(self, seconds: float) -> None:
        """Return when the tape grew, or after `seconds`."""
        for _ in self.connection.notifies(timeout=seconds, stop_after=1):
            return

    def close(self) -> None:
        """Give up the lead."""
        self.connection.close()


class MarketFollower(Follower):
    """The market tape, followed by trading."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "market", "trading")
        self.connection.execute("LISTEN commands")

    def listings_at(self, position: int) -> dict[str, Listings]:
        """The markets of every exchange, as of a position."""
        found: dict[str, Listings] = {}
        for topic, state in self.connection.execute(_LISTINGS, [position]):
            fact = decode(topic, state)
            assert isinstance(fact, MarketListed | MarketDelisted)
            found.setdefault(fact.exchange, Listings()).take(fact)
        return found

    def last_period(self, exchange: str, frame: str, position: int) -> PeriodClosed | None:
        """The newest closed period of an exchange and timeframe, as of a position."""
        row = self.connection.execute(
            _LAST_PERIOD, [period_stream(exchange, frame), position]
        ).fetchone()
        fact = None if row is None else decode(*row)
        return fact if isinstance(fact, PeriodClosed) else None
