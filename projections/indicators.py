"""Indicators: the values that strategies saw, beside their candles."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg.rows import class_row

from projections.queries import Connection


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The indicator values of one strategy at one candle; `open_time` in ms.

    `numbers` are in the order of `names`. `deployment` tells apart the same strategy with other
    parameters: it is where these were first deployed on the trading tape.
    """

    deployment: int
    exchange: str
    timeframe: str
    strategy: str
    pair: str
    open_time: int
    names: list[str]
    numbers: list[float]


_VALUES: LiteralString = """
    SELECT i.deployment, s.exchange, s.timeframe, s.strategy, i.pair, i.open_time, s.names,
           i.numbers
    FROM read.indicator_sets AS s JOIN read.indicators AS i ON i.deployment = s.deployment
    WHERE s.exchange = %(exchange)s AND s.timeframe = %(timeframe)s AND i.pair = %(pair)s
      AND (%(strategy)s::text IS NULL OR s.strategy = %(strategy)s)
      AND i.open_time >= %(since)s AND i.open_time < %(until)s
    ORDER BY i.open_time, i.deployment LIMIT %(limit)s"""


def indicators(
    connection: Connection,
    exchange: str,
    pair: str,
    timeframe: str,
    *,
    strategy: str | None = None,
    since: int,
    until: int,
    limit: int = 1_000,
) -> list[IndicatorRow]:
    """Values of candles with `since` <= open time < `until` (ms), oldest first."""
    parameters = {
        "exchange": exchange,
        "pair": pair,
        "timeframe": timeframe,
        "strategy": strategy,
        "since": since,
        "until": until,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(IndicatorRow)) as cursor:
        return cursor.execute(_VALUES, parameters).fetchall()
