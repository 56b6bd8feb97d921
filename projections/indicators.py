"""Indicators: the values that strategies saw, beside their candles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg.rows import class_row

from projections.deployments import Deployed
from projections.page import Cursor
from projections.queries import Connection


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The indicator values of one strategy at one candle; `open_time` in ms.

    `numbers` are in the order of `names`, as are `panels`, which say where a chart draws them:
    "" is over the prices, another is the title of a panel; none is for the chart to guess.
    `deployment` tells apart the same strategy with other parameters: it is where these were first
    deployed on the trading tape.
    """

    deployment: int
    exchange: str
    timeframe: str
    strategy: str
    pair: str
    open_time: int
    names: list[str]
    panels: list[str]
    numbers: list[float]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one deployment at one period, by pair; `panels` are those of its indicators."""

    deployed: Deployed
    open_time: int
    numbers: dict[str, list[float]]
    panels: Sequence[str] = ()


def write(cursor: Cursor, values: Sequence[Values]) -> None:
    """Add values, and the deployments that they are of."""
    for each in {each.deployed.deployment: each for each in values}.values():
        deployed = each.deployed
        cursor.execute(
            _ADD_SET,
            [
                deployed.deployment,
                deployed.exchange,
                deployed.timeframe,
                deployed.strategy.name,
                deployed.parameters,
                list(deployed.strategy.indicators()),
                list(each.panels),
            ],
            prepare=True,
        )
    with cursor.copy(_ADD) as copy:
        for each in values:
            for pair, numbers in each.numbers.items():
                copy.write_row((each.deployed.deployment, each.open_time, pair, numbers))


_ADD_SET: LiteralString = """
    INSERT INTO read.indicator_sets VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s)
    ON CONFLICT DO NOTHING"""
_ADD: LiteralString = "COPY read.indicators (deployment, open_time, pair, numbers) FROM STDIN"
_VALUES: LiteralString = """
    SELECT i.deployment, s.exchange, s.timeframe, s.strategy, i.pair, i.open_time, s.names,
           s.panels, i.numbers
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
