"""Scans: the newest period of each, and the health of every market in it."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import scalar_row

from projections.queries import Connection, all_rows


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """The newest period of an exchange's timeframe; `missing` counts markets without a candle."""

    exchange: str
    timeframe: str
    closed_at: datetime
    seen_at: datetime
    markets: int
    missing: int
    position: int


@dataclass(frozen=True, slots=True)
class ScanRow:
    """How the scan of one market fares.

    `last_candle_at` is the close of its newest candle; `last_seen_at` when its candle last came
    in time; `missing_periods` how many in a row it did not, the first of them at `missing_since`.
    """

    exchange: str
    timeframe: str
    pair: str
    last_candle_at: datetime | None
    last_seen_at: datetime | None
    missing_since: datetime | None
    missing_periods: int
    failures: int
    last_failure: str | None
    last_failure_at: datetime | None


def newest_periods(connection: Connection, *, exchange: str | None = None) -> list[PeriodRow]:
    """The newest period of every scan."""
    wanted = {"exchange": exchange}
    return all_rows(connection, PeriodRow, "periods", wanted, "exchange", "timeframe")


def newest_seen_at(connection: Connection) -> datetime | None:
    """The newest exchange time that the tape knows: what "late" is judged by."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        newest: datetime | None = cursor.execute("SELECT max(seen_at) FROM read.periods").fetchone()
        return newest


def scans(
    connection: Connection, *, exchange: str | None = None, timeframe: str | None = None
) -> list[ScanRow]:
    """The health of all markets, by exchange, timeframe and pair."""
    wanted = {"exchange": exchange, "timeframe": timeframe}
    return all_rows(connection, ScanRow, "scans", wanted, "exchange", "timeframe", "pair")
