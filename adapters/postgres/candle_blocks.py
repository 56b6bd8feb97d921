"""A series read in blocks, so that a long history never lies in memory as a whole."""

from collections.abc import Iterator

from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.gap_memory import GapMemory
from domain.candles import Candles, Series

BLOCK = 100_000
"""Periods that are read at once: 8 MB on their way, 5 MB as candles."""


def candle_blocks(
    connection: Connection, series: Series, since: int, until: int, as_of: int
) -> Iterator[Candles]:
    """Candles with `since` <= open time < `until` (ms), oldest first; no block is empty.

    Holes of any length are passed over, not read through.
    """
    table = CandleTable(connection, series.exchange, series.timeframe)
    memory, length = GapMemory(connection), BLOCK * series.frame.ms
    opened = memory.next_open(series, since)
    while opened is not None and opened < until:
        end = min(opened + length, until)
        block = table.between(series.pair, opened, end, as_of)
        if len(block):
            yield block
        opened = memory.next_open(series, end)
