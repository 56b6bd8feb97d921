"""Both tapes as a check reads them, as they were at one moment."""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import IsolationLevel

from adapters.postgres.follower import Row
from adapters.postgres.replaying import PERIOD, Connection, TapeOfExchange
from application.commands import Asked, BadCommand, decode_command
from application.replay.recorded import ClosedAt
from application.tapes import MARKET, period_stream
from application.verifying.recorded import CarriedOut, RecordedFact

PAGE = 10_000
"""Facts that are read at once."""

_HANDLED: LiteralString = (
    "SELECT notification_id FROM trading.tape_tracking WHERE application_name = %s"
)
_HEAD: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM trading.tape_events"
_STREAMS: LiteralString = "SELECT DISTINCT originator_id FROM trading.tape_events"
_FACTS: LiteralString = """
    SELECT originator_version, topic, state, notification_id FROM trading.tape_events
    WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version LIMIT %s"""
_OF_TOPICS: LiteralString = """
    SELECT originator_id, originator_version, topic, state, notification_id
    FROM trading.tape_events WHERE topic = ANY (%s) ORDER BY notification_id"""
_SOURCES: LiteralString = "SELECT hash FROM trading.sources"
_DONE: LiteralString = "SELECT id, account, command FROM ops.commands WHERE outcome = 'done'"
_ACTS: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM market.tape_events
    WHERE notification_id > %s AND notification_id <= %s AND topic <> 'CandleClosed'
    ORDER BY notification_id LIMIT %s"""
_ACTS_BACK: LiteralString = """
    SELECT notification_id FROM market.tape_events
    WHERE notification_id <= %s AND topic <> 'CandleClosed'
    ORDER BY notification_id DESC OFFSET %s LIMIT 1"""
_PERIODS_BEHIND: LiteralString = """
    SELECT count(*) FROM market.tape_events
    WHERE topic = 'PeriodClosed' AND topic <> 'CandleClosed' AND notification_id > %s"""
_PERIOD_FROM: LiteralString = (
    f"{PERIOD} AND e.originator_version >= %s ORDER BY e.originator_version LIMIT 1"
)
_TOLD: LiteralString = """
    SELECT e.state FROM market.series AS s
    JOIN market.candles AS c ON c.series = s.id AND c.open_time = %(open_time)s
        AND c.position <= %(as_of)s
        AND (c.superseded_by IS NULL OR c.superseded_by > %(as_of)s)
    JOIN market.tape_events AS e ON e.notification_id = c.position
    WHERE s.exchange = %(exchange)s AND s.timeframe = %(frame)s AND s.pair = %(pair)s"""


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout, and changes nothing."""
    with psycopg.connect(url, application_name="papertape verify") as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


class TradingTapeRead:
    """The trading tape, and the commands that led to facts on it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def handled(self) -> int:
        """The position on the market tape up to which everything is decided."""
        return self._number(_HANDLED, [MARKET])

    def head(self) -> int:
        """Its newest position."""
        return self._number(_HEAD, [])

    def streams(self) -> Set[UUID]:
        """All streams that have facts."""
        return {row[0] for row in self._connection.execute(_STREAMS)}

    def facts(self, stream: UUID, after: int = 0) -> Iterator[RecordedFact]:
        """The facts of a stream behind a version, in order."""
        while True:
            page = self._connection.execute(_FACTS, [stream, after, PAGE], binary=True).fetchall()
            yield from map(RecordedFact._make, page)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def of_topics(self, topics: Sequence[str]) -> Iterator[tuple[UUID, RecordedFact]]:
        """The facts of some topics with their streams, in order of the tape."""
        for row in self._connection.execute(_OF_TOPICS, [list(topics)], binary=True):
            yield row[0], RecordedFact(*row[1:])

    def sources(self) -> Set[str]:
        """The strategies' sources whose text is kept, by their SHA-256."""
        return {row[0] for row in self._connection.execute(_SOURCES)}

    def carried_out(self) -> Mapping[UUID, CarriedOut]:
        """The commands that were done, by their ids."""
        rows = self._connection.execute(_DONE)
        return {id_: CarriedOut(account, _command(content)) for id_, account, content in rows}

    def _number(self, query: LiteralString, of: Sequence[object]) -> int:
        row = self._connection.execute(query, of).fetchone()
        return 0 if row is None else int(row[0])


class WitnessedTape(TapeOfExchange):
    """The market tape of an exchange, and single events on it."""

    def acts(self, after: int, until: int) -> Iterator[Row]:
        """All events but candles behind a position up to another, of all exchanges."""
        while page := self._connection.execute(_ACTS, [after, until, 200], binary=True).fetchall():
            yield from map(Row._make, page)
            after = page[-1][0]

    def acts_back(self, position: int, count: int) -> int:
        """The position that so many of these events lie behind, up to a position; at least 0."""
        return self._number(_ACTS_BACK, [position, count])

    def periods_behind(self, position: int) -> int:
        """How many periods, of all exchanges, are closed behind a position."""
        return self._number(_PERIODS_BEHIND, [position])

    def period_at(self, frame: str, close: int) -> ClosedAt | None:
        """The period of a timeframe with that close (ms)."""
        found = self.period_from(frame, close)
        return found if found is not None and found.close == close else None

    def period_from(self, frame: str, close: int) -> ClosedAt | None:
        """The first period of a timeframe with that close (ms) or a later one."""
        stream = period_stream(self.exchange, frame)
        row = self._connection.execute(_PERIOD_FROM, [stream, close]).fetchone()
        return None if row is None else ClosedAt(row[0], frame, row[1], row[2])

    def candle_as_told(self, pair: str, frame: str, open_time: int, as_of: int) -> bytes | None:
        """The JSON of a candle that opens then (ms), as of a position."""
        asked = {"exchange": self.exchange, "pair": pair, "frame": frame, "open_time": open_time,
                 "as_of": as_of}  # fmt: skip
        row = self._connection.execute(_TOLD, asked, binary=True).fetchone()
        return None if row is None else bytes(row[0])

    def _number(self, query: LiteralString, of: Sequence[object]) -> int:
        row = self._connection.execute(query, of).fetchone()
        return 0 if row is None else int(row[0])


def _command(content: str) -> Asked | None:
    try:
        return decode_command(content)
    except BadCommand:
        return None
