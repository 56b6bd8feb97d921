"""A series in blocks: the same candles, whatever the size of the blocks."""

from collections.abc import Iterator, Sequence

import numpy as np
import psycopg
import pytest

from adapters.postgres import candle_blocks
from adapters.postgres.candles import CandleTable, Connection
from application.tapes import MarketTape
from domain.candles import Candles, Series
from domain.market_facts import candle_closed, candle_revised
from tests.adapters.indicators.series import random_candles

SERIES = Series("binance", "BTC/USDT", "1h")
OTHER = Series("binance", "ETH/USDT", "1h")
HOUR = SERIES.frame.ms
END = 2**62
HOLED = random_candles(90, seed=3, quiet=0.3)
FIRST, LAST = HOLED.open_time[[0, -1]].tolist()
SIZES = pytest.mark.parametrize("size", [1, 7, 100, 1_000])


@pytest.fixture
def connection(database: str, market_tape: MarketTape) -> Iterator[Connection]:
    """To a tape with a holed series; candle 10 was revised last."""
    market_tape.record([candle_closed(SERIES, HOLED.candle(row)) for row in range(len(HOLED))])
    market_tape.record([candle_closed(OTHER, HOLED.candle(row)) for row in range(3)])
    changed = HOLED.candle(10)._replace(volume=HOLED.candle(11).volume)
    market_tape.record([candle_revised(SERIES, changed)])
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def blocks(
    connection: Connection, since: int = 0, until: int = END, as_of: int = END
) -> list[Candles]:
    return list(candle_blocks.candle_blocks(connection, SERIES, since, until, as_of))


def rows(parts: Sequence[Candles]) -> list[tuple[float, ...]]:
    return [row for part in parts for row in zip(*columns(part), strict=True)]


def columns(part: Candles) -> list[list[float]]:
    return [getattr(part, column).tolist() for column in Candles.__slots__]


@SIZES
def test_blocks_are_the_candles_of_the_span_in_order(
    connection: Connection, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", size)
    table = CandleTable(connection, "binance", "1h")
    for since, until in ((0, END), (FIRST, LAST), (FIRST + 1, LAST + 1), (LAST, END), (END, END)):
        whole = table.between("BTC/USDT", since, until, END)
        assert rows(blocks(connection, since, until)) == rows([whole])


@SIZES
def test_blocks_are_as_of_a_position(
    connection: Connection, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", size)
    assert rows(blocks(connection, as_of=len(HOLED))) == rows([HOLED])
    assert rows(blocks(connection, as_of=12)) == rows([HOLED[:12]])
    assert blocks(connection, as_of=0) == []
    assert rows(blocks(connection))[10][-1] == HOLED.volume[11]


@SIZES
def test_no_block_is_empty_or_longer_than_its_periods(
    connection: Connection, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", size)
    for block in blocks(connection):
        assert 0 < len(block) <= size
        assert block.open_time[-1] - block.open_time[0] < size * HOUR


def test_a_hole_of_years_costs_no_reads_of_empty_blocks(
    connection: Connection, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", 100)
    far = HOLED.candle(0)._replace(open_time=FIRST + 1_000_000 * HOUR)
    market_tape.record([candle_closed(SERIES, far)])
    times = [block.open_time.tolist() for block in blocks(connection, since=LAST)]
    assert times == [[LAST], [far.open_time]]


def test_what_comes_while_blocks_are_used_changes_none(
    connection: Connection, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", 10)
    as_of = market_tape.head()
    before = rows(blocks(connection, as_of=as_of))
    reading = candle_blocks.candle_blocks(connection, SERIES, 0, END, as_of)
    first = next(reading)
    revised = HOLED.candle(len(HOLED) - 1)._replace(volume=HOLED.candle(0).volume)
    market_tape.record([candle_revised(SERIES, revised)])
    assert rows([first, *reading]) == before


def test_blocks_own_their_columns(connection: Connection) -> None:
    (block,) = blocks(connection)
    assert all(getattr(block, column).flags.writeable for column in Candles.__slots__)
    assert block.open_time.dtype == np.int64
    assert block.close.dtype == np.float64
