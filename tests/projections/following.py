"""Projectors over a test's database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from adapters.indicators.engine import compute, placement
from adapters.postgres.candles import CandleTable
from adapters.postgres.follower import Follower
from projections.groups import MARKET, TRADING, indicators_group
from projections.indicator_values import IndicatorValues
from projections.projector import Group, Projector
from tests.strategies import resolve


@contextmanager
def projector(url: str, group: Group, page: int = 500) -> Iterator[Projector]:
    """A projector of a group, its connections closed in the end."""
    follower = Follower(url, group.tape, f"project {group.name}")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield Projector(group, follower, connection, page=page)
    finally:
        follower.close()


@contextmanager
def indicators_projector(url: str, page: int = 500) -> Iterator[Projector]:
    """A projector of indicators."""
    with psycopg.connect(url, autocommit=True) as connection:

        def candles(exchange: str, timeframe: str) -> CandleTable:
            return CandleTable(connection, exchange, timeframe)

        values = IndicatorValues(resolve, compute, candles, placement)
        with projector(url, indicators_group(values), page) as made:
            yield made


def project(url: str, *groups: Group, page: int = 500) -> None:
    """Project all there is."""
    for group in groups or (MARKET, TRADING):
        with projector(url, group, page) as made:
            made.catch_up()
