"""What the chart of a recorded series shows, out of the candle table and the read models."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg

from adapters.charts.content import (
    OVER_PRICES,
    ChartContent,
    ChartGap,
    ChartLine,
    ChartOrder,
    ChartTrade,
    Side,
)
from adapters.postgres.candles import CandleTable
from domain.blocks import Needed
from domain.candles import Candles, Floats, Series
from domain.times import from_ms, to_ms
from projections.chart_marks import ChartMarks, OrderMark, TradeMark, chart_marks
from projections.gaps import gaps
from projections.indicators import IndicatorRow, indicators

Connection = psycopg.Connection[Any]

END_OF_TIME = 2**62
_MANY = 10_000


class NoSuchSeries(LookupError):
    """There are no candles of the series."""


def recorded_candles(
    connection: Connection, series: Series, *, until: int, count: int, since: int = 0
) -> ChartContent:
    """The newest `count` candles that open from `since` on and before `until` (ms), with gaps.

    Raises NoSuchSeries.
    """
    if not _is_known(connection, series):
        raise NoSuchSeries(f"There are no candles of {series}.")
    table = CandleTable(connection, series.exchange, series.timeframe)
    pair, head = series.pair, _head(connection)
    candles = table.newest([pair], until - 1, head, count)[pair]
    candles = candles[int(np.searchsorted(candles.open_time, since)) :]
    return ChartContent(*series, candles, gaps=_gaps(connection, series, candles))


def recorded_content(
    connection: Connection, series: Series, *, until: int, count: int, since: int = 0
) -> ChartContent:
    """The same with the indicators of deployed strategies, and the accounts' trades and orders."""
    content = recorded_candles(connection, series, until=until, count=count, since=since)
    if not len(content.candles):
        return content
    rows = indicators(
        connection,
        series.exchange,
        series.pair,
        series.timeframe,
        since=content.begin,
        until=content.end,
        limit=_MANY,
    )
    begin, end = from_ms(content.begin), from_ms(content.end)
    marks = chart_marks(connection, series.exchange, series.pair, begin, end)
    return ChartContent(
        *series,
        content.candles,
        _lines(rows, content.candles),
        [_trade(each, marks) for each in marks.trades],
        orders=[_order(each) for each in marks.orders],
        gaps=content.gaps,
    )


def history(connection: Connection, series: Series, until: int, wanted: Needed) -> Candles:
    """The traded candles wanted, with open time before `until` (ms)."""
    table = CandleTable(connection, series.exchange, series.timeframe)
    return table.traded([series.pair], until - 1, _head(connection), wanted)[series.pair]


def _is_known(connection: Connection, series: Series) -> bool:
    known = connection.execute(
        "SELECT FROM market.series WHERE exchange = %s AND pair = %s AND timeframe = %s", series
    )
    return known.fetchone() is not None


def _head(connection: Connection) -> int:
    """The newest position of the market tape."""
    row = connection.execute("SELECT max(notification_id) FROM market.tape_events").fetchone()
    return row[0] or 0 if row else 0


def _gaps(connection: Connection, series: Series, candles: Candles) -> list[ChartGap]:
    """Recorded gaps that reach into the candles, in as many pieces as are still missing."""
    if not len(candles):
        return []
    begin, end = from_ms(int(candles.open_time[0])), from_ms(int(candles.open_time[-1]))
    exchange, pair, timeframe = series
    rows = gaps(connection, exchange=exchange, pair=pair, timeframe=timeframe, limit=_MANY)
    return [
        ChartGap(to_ms(span.since), to_ms(span.until), row.reason)
        for row in reversed(rows)
        for span in row.still_missing
        if span.until > begin and span.since < end
    ]


def _lines(rows: Sequence[IndicatorRow], candles: Candles) -> list[ChartLine]:
    """One value for each candle by the line's name, which says whose it is if there are several.

    Of two deployments of a strategy the later one counts.
    """
    lines: dict[str, Floats] = {}
    panels: dict[str, str] = {}
    several = len({row.strategy for row in rows}) > 1
    places = {open_time: place for place, open_time in enumerate(candles.open_time.tolist())}
    for row in rows:
        place = places.get(row.open_time)
        if place is None:
            continue
        names = [f"{row.strategy} {name}" for name in row.names] if several else row.names
        panels.update(zip(names, row.panels, strict=False))
        for name, number in zip(names, row.numbers, strict=True):
            lines.setdefault(name, np.full(len(candles), np.nan))[place] = number
    return [
        ChartLine(name, line, panels.get(name, guessed_panel(name, line, candles)))
        for name, line in lines.items()
    ]


def guessed_panel(name: str, line: Floats, candles: Candles) -> str:
    """Where a line belongs that does not say it: over the prices if it is of their size."""
    finite = line[np.isfinite(line)]
    if not len(finite) or not len(candles):
        return name
    low, high = candles.low.min() * 0.8, candles.high.max() * 1.25
    return OVER_PRICES if low <= float(np.median(finite)) <= high else name


def _trade(mark: TradeMark, marks: ChartMarks) -> ChartTrade:
    moves = marks.stops[mark.account, mark.number]
    return ChartTrade(
        side=_side(mark.side),
        entered_at=mark.entered_at,
        entry_price=float(mark.entry_price),
        exited_at=mark.exited_at,
        exit_price=_float(mark.exit_price),
        stop=_float(mark.first_stop),
        target=_float(mark.target),
        profit=_float(mark.profit),
        moves=[(each.at, float(each.stop)) for each in moves],
    )


def _order(mark: OrderMark) -> ChartOrder:
    return ChartOrder(_side(mark.side), mark.placed_at, float(mark.price), mark.ended_at)


def _side(text: str) -> Side:
    return "short" if text == "short" else "long"


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
