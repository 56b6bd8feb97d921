"""Backtests that are kept: what they gave, what gives it again, and the facts of recorded ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from application.tapes import TapeEvent
from domain.facts import encode

Connection = psycopg.Connection[Any]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A backtest as it is kept.

    `source` is the SHA-256 of the strategy's code. `data` is the file or folder that the candles
    are from; `position` that of the market tape as of which they were read. `rules` are those of
    the markets by pair. `accounts` say of each its terms and what became of it. `recorded`: its
    facts are kept too.
    """

    engine: int
    libraries: Json
    strategy: str
    source: str
    parameters: Json
    exchange: str
    pairs: list[str]
    timeframe: str
    execution: str
    since: datetime
    until: datetime
    data: str | None
    position: int | None
    candles: int
    candle_hash: str
    rules: Json
    accounts: list[dict[str, Any]]
    seconds: Json
    cut_short: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class RunRow(KeptRun):
    """A backtest that is kept, under its number; `at` is when it was."""

    id: int
    at: datetime


_COLUMNS: LiteralString = (
    "engine, libraries, strategy, source, parameters, exchange, pairs, timeframe, execution,"
    " since, until, data, position, candles, candle_hash, rules, accounts, seconds, cut_short,"
    " recorded"
)
_VALUES: LiteralString = (
    "%(engine)s, %(libraries)s, %(strategy)s, %(source)s, %(parameters)s, %(exchange)s, %(pairs)s,"
    " %(timeframe)s, %(execution)s, %(since)s, %(until)s, %(data)s, %(position)s, %(candles)s,"
    " %(candle_hash)s, %(rules)s, %(accounts)s, %(seconds)s, %(cut_short)s, %(recorded)s"
)
_KEEP: LiteralString = f"INSERT INTO backtests.runs ({_COLUMNS}) VALUES ({_VALUES}) RETURNING id"
_RUNS: LiteralString = f"SELECT id, at, {_COLUMNS} FROM backtests.runs"
_PAGE: LiteralString = f"""
    {_RUNS} WHERE (%(after)s::bigint IS NULL OR id < %(after)s)
      AND (%(strategy)s::text IS NULL OR strategy = %(strategy)s)
    ORDER BY id DESC LIMIT %(limit)s"""
_ONE: LiteralString = f"{_RUNS} WHERE id = %s"
_FACTS: LiteralString = "COPY backtests.run_facts (run, account, version, topic, state) FROM STDIN"
_OF_JSON = {"libraries", "parameters", "rules", "accounts", "seconds"}


def keep_run(connection: Connection, run: KeptRun, facts: Mapping[str, Iterable[TapeEvent]]) -> int:
    """Keep a run, and facts by account; its number. The source must be kept already."""
    values = {
        name: Jsonb(value) if name in _OF_JSON else value for name, value in asdict(run).items()
    }
    with connection.transaction():
        row = connection.execute(_KEEP, values).fetchone()
        assert row is not None
        number = int(row[0])
        for account, events in facts.items():
            _keep_facts(connection, number, account, events)
    return number


def _keep_facts(
    connection: Connection, run: int, account: str, events: Iterable[TapeEvent]
) -> None:
    with connection.cursor().copy(_FACTS) as copy:
        for event in events:
            state = encode(event.fact, **event.ids).decode()
            copy.write_row((run, account, event.originator_version, event.fact.topic, state))


def runs(
    connection: Connection, *, strategy: str | None = None, after: int | None = None,
    limit: int = 50,
) -> Sequence[RunRow]:  # fmt: skip
    """Runs that are kept, newest first; `after` is the number of the last one seen."""
    wanted = {"strategy": strategy, "after": after, "limit": limit}
    with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        return cursor.execute(_PAGE, wanted).fetchall()


def run(connection: Connection, number: int) -> RunRow | None:
    """The run of a number, if it is kept."""
    with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        return cursor.execute(_ONE, [number]).fetchone()
