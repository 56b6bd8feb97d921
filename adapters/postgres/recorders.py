"""Fast recorders for the event library: `PERSISTENCE_MODULE` of both tapes.

An append takes an advisory lock instead of an EXCLUSIVE table lock (so VACUUM and ANALYZE go on),
sends four binary arrays instead of composites as text, and numbers positions without gaps: the
lock is held until the commit, so that the order of positions is the order of commits.
"""

from collections.abc import Sequence
from select import select
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    BaseInfrastructureFactory,
    IntegrityError,
    StoredEvent,
)
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresAggregateRecorder,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
    PostgresProcessRecorder,
)
from eventsourcing.utils import Environment
from psycopg import Connection, Cursor, IsolationLevel
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier, Literal

from adapters.postgres.arrays import Float8s, Int4s, Int8s, Uuids
from application.tapes import MARKET, candle_stream
from domain.candles import Series
from domain.market_facts import CandleClosed, CandleRevised


class Datastore(PostgresDatastore):
    """The library's datastore over a connection URL, with a pool of one."""

    def __init__(self, url: str, schema: str) -> None:
        super().__init__("", "", "", "", "", schema=schema)
        self.pool = ConnectionPool(
            url,
            connection_class=Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=4,
            open=False,
            configure=_configure,
            timeout=3,
            reconnect_timeout=5,
        )


def _configure(connection: Connection[DictRow]) -> None:
    """Autocommit, and each statement sees what was committed before it: the lock relies on it."""
    connection.autocommit = True
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.execute("SET idle_in_transaction_session_timeout = '5s'")


class FastAppend(PostgresAggregateRecorder):
    """What the recorders below share: the lock, and the insert over four arrays."""

    def lock_and_insert(self, *, numbered: bool) -> None:
        """Replace the stock statements; `numbered` events get positions without gaps."""
        table = Identifier(self.datastore.schema, self.events_table_name)
        columns = "originator_id, originator_version, topic, state"
        arrays = "unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"
        self.insert_events_statement = SQL(
            f"INSERT INTO {{table}} ({columns}, notification_id)"
            f" SELECT {columns}, {_LAST} + place"
            f" FROM {arrays} WITH ORDINALITY AS e ({columns}, place) ORDER BY place"
            " RETURNING notification_id"
            if numbered
            else f"INSERT INTO {{table}} ({columns}) SELECT * FROM {arrays}"
        ).format(table=table)
        lock_name = f"{self.datastore.schema}.{self.events_table_name}"
        self.lock_table_statements = [
            SQL("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))").format(Literal(lock_name))
        ]

    def insert_as_arrays(self, curs: Cursor[DictRow], events: Sequence[StoredEvent]) -> None:
        """One INSERT for all events."""
        curs.execute(
            self.insert_events_statement,
            (
                _ids([event.originator_id for event in events]),
                Int8s([event.originator_version for event in events]),
                [event.topic for event in events],
                [event.state for event in events],
            ),
            prepare=True,
        )
        send_all(curs.connection)


def send_all(connection: Connection[DictRow]) -> None:
    """Send what the driver still holds of a large statement.

    In a pipeline it may stop in the midst of one and wait for the answer: for ever.
    """
    while connection.pgconn.flush():
        readable, _, _ = select([connection], [connection], [])
        if readable:
            connection.pgconn.consume_input()


_LAST = "(SELECT coalesce(max(notification_id), 0) FROM {table})"


class FastSnapshotRecorder(FastAppend):
    """Keeps snapshots; they have no position."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.lock_and_insert(numbered=False)

    def _insert_stored_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **_: Any
    ) -> None:
        self.insert_as_arrays(curs, stored_events)


class FastTapeRecorder(FastAppend, PostgresApplicationRecorder):
    """Appends to a tape and wakes its followers."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.channel_name = f"{datastore.schema}_tape"
        self.lock_and_insert(numbered=True)

    def _insert_stored_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002 for those that write more
    ) -> None:
        self._lock_table(curs)
        self._notify_channel(curs)
        self.insert_as_arrays(curs, stored_events)


class MarketRecorder(FastTapeRecorder):
    """The market tape and, in the same transaction, the typed candle table."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self._series: dict[tuple[str, str, str], int] = {}

    def _insert_stored_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> None:
        candles: Sequence[tuple[int, CandleClosed]] = kwargs.get("candles", ())
        new: dict[tuple[str, str, str], int] = {}
        series = Int4s([self._series_of(curs, fact, new) for _, fact in candles])
        super()._insert_stored_events(curs, stored_events, **kwargs)
        if not candles:
            return
        columns = _candle_columns(candles, stored_events)
        beside = curs.connection.cursor()
        beside.execute(
            _INSERT_CANDLES, (len(stored_events), columns[0], series, *columns[1:]), prepare=True
        )
        send_all(curs.connection)
        if any(isinstance(fact, CandleRevised) for _, fact in candles):
            beside.execute(_SUPERSEDE, (series, columns[1]), prepare=True)

    def _series_of(
        self, curs: Cursor[DictRow], fact: CandleClosed, new: dict[tuple[str, str, str], int]
    ) -> int:
        """The number of a series in the typed table, given at its first candle.

        `new` ones are of this transaction alone: if it is rolled back, they are not there.
        """
        series = (fact.exchange, fact.pair, fact.timeframe)
        number = self._series.get(series) or new.get(series)
        if number is not None:
            return number
        row = curs.execute(_SELECT_SERIES, series, prepare=True).fetchone()
        if row is not None:
            self._series[series] = row["id"]
            return self._series[series]
        stream = candle_stream(Series(*series))
        curs.execute(_NUMBER_SERIES, (*series, stream), prepare=True)
        row = curs.execute(_SELECT_SERIES, series, prepare=True).fetchone()
        assert row is not None
        new[series] = row["id"]
        return new[series]


class TradingRecorder(FastTapeRecorder, PostgresProcessRecorder):
    """The trading tape and, in the same transaction, how far the market tape is handled."""

    def _insert_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> None:
        expected: int | None = kwargs.get("expected")
        if expected is not None:
            self._refuse_unless_at(curs, expected)
        if "command" in kwargs:
            self._answer(curs, kwargs["command"], stored_events)
        super()._insert_events(curs, stored_events, **kwargs)

    def _answer(
        self, curs: Cursor[DictRow], command: UUID, stored_events: Sequence[StoredEvent]
    ) -> None:
        """What a command led to, with its facts; refused if it has an answer already."""
        topics = ", ".join(event.topic for event in stored_events)
        curs.execute(_ANSWER, [topics, command])
        if curs.rowcount == 0:
            raise IntegrityError(f"command {command} has an answer already")

    def _refuse_unless_at(self, curs: Cursor[DictRow], expected: int) -> None:
        """Refuse when somebody else has handled the market tape since it was read."""
        curs.execute(
            SQL("SELECT notification_id FROM {} WHERE application_name = %s FOR UPDATE").format(
                Identifier(self.datastore.schema, self.tracking_table_name)
            ),
            [MARKET],
        )
        row = curs.fetchone()
        if (row["notification_id"] if row else 0) != expected:
            raise IntegrityError(f"the market tape was handled by another process: {row}")


def _ids(ids: Sequence[UUID | str]) -> Sequence[UUID | str]:
    """Ids as an array that numpy lays out, where all are UUIDs, as on our tapes."""
    uuids = Uuids(each for each in ids if isinstance(each, UUID))
    return uuids if len(uuids) == len(ids) else ids


def _candle_columns(
    candles: Sequence[tuple[int, CandleClosed]], events: Sequence[StoredEvent]
) -> tuple[Any, ...]:
    """Place in the append, open time and the five numbers, by column."""
    return (
        Int8s([place for place, _ in candles]),
        Int8s(
            [
                events[place - 1].originator_version
                if type(fact) is CandleClosed
                else fact.open_time
                for place, fact in candles
            ]
        ),
        Float8s([float(fact.open) for _, fact in candles]),
        Float8s([float(fact.high) for _, fact in candles]),
        Float8s([float(fact.low) for _, fact in candles]),
        Float8s([float(fact.close) for _, fact in candles]),
        Float8s([float(fact.volume) for _, fact in candles]),
    )


_NUMBER_SERIES = SQL(
    "INSERT INTO market.series (exchange, pair, timeframe, stream) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_SELECT_SERIES = SQL(
    "SELECT id FROM market.series WHERE exchange = %s AND pair = %s AND timeframe = %s"
)
_INSERT_CANDLES = SQL(
    "INSERT INTO market.candles"
    " (series, open_time, open, high, low, close, volume, position)"
    " SELECT c.series, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.place + before"
    " FROM (SELECT max(notification_id) - %b AS before FROM market.tape_events) AS tape,"
    " unnest(%b::bigint[], %b::int[], %b::bigint[], %b::float8[], %b::float8[], %b::float8[],"
    " %b::float8[], %b::float8[])"
    " AS c (place, series, open_time, open, high, low, close, volume)"
)
_SUPERSEDE = SQL(
    "UPDATE market.candles AS old SET superseded_by = new.position"
    " FROM unnest(%b::int[], %b::bigint[]) AS c (series, open_time),"
    " LATERAL (SELECT max(n.position) AS position FROM market.candles AS n"
    "  WHERE n.series = c.series AND n.open_time = c.open_time) AS new"
    " WHERE old.series = c.series AND old.open_time = c.open_time"
    " AND old.superseded_by IS NULL AND old.position < new.position"
)


_ANSWER = SQL(
    "UPDATE ops.commands SET outcome = 'done', answer = %s, ended_at = clock_timestamp()"
    " WHERE id = %s AND outcome IS NULL"
)


class Factory(PostgresFactory):
    """Builds recorders from `PAPERTAPE_TAPE_URL` and `POSTGRES_SCHEMA`; Alembic owns the tables."""

    aggregate_recorder_class = FastSnapshotRecorder
    application_recorder_class = MarketRecorder
    process_recorder_class = TradingRecorder

    def __init__(self, env: Environment) -> None:
        BaseInfrastructureFactory.__init__(self, env)
        url, schema = env.get("PAPERTAPE_TAPE_URL"), env.get("POSTGRES_SCHEMA")
        assert url
        assert schema
        self.datastore = Datastore(url, schema)

    def env_create_table(self) -> bool:
        return False
