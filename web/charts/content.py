"""What the chart of a series shows, out of the candle table and the read models."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

import msgspec
import numpy as np

from adapters.charts.candle_chart import ChartContent, ChartTrade
from domain.candles import Candles, Floats, Series
from domain.times import to_ms
from projections.accounts import accounts
from projections.indicators import IndicatorRow, indicators
from projections.trades import TradeRow, trades
from web.database import Connection
from web.encoding import plain
from web.rest.markets import newest_candles

CANDLES = 200

_END_OF_TIME = 2**62
_MANY = 10_000


def chart_content(connection: Connection, series: Series) -> ChartContent:
    """The newest candles of a series with what was made of them; raises a 404 problem."""
    candles = newest_candles(connection, series, _END_OF_TIME, CANDLES)
    since = int(candles.open_time[0]) if len(candles) else 0
    exchange, pair, timeframe = series
    rows = indicators(
        connection, exchange, pair, timeframe, since=since, until=_END_OF_TIME, limit=_MANY
    )
    lines = _lines(rows, candles)
    overlays = {name: line for name, line in lines.items() if _among_prices(line, candles)}
    panels = {name: line for name, line in lines.items() if name not in overlays}
    marks = _trades(connection, exchange, pair, since)
    return ChartContent(exchange, pair, timeframe, candles, overlays, panels, marks)


def fingerprint(content: ChartContent) -> str:
    """A short text that is another one whenever the content is."""
    candles = content.candles
    columns = (candles.open_time, candles.open, candles.high, candles.low, candles.close)
    digest = sha256(repr((content.exchange, content.pair, content.timeframe)).encode())
    for column in (*columns, candles.volume):
        digest.update(column.tobytes())
    for lines in (content.overlays, content.panels):
        for name, line in lines.items():
            digest.update(name.encode() + line.tobytes())
    digest.update(msgspec.json.encode(plain(list(content.trades))))
    return digest.hexdigest()[:20]


def _lines(rows: Sequence[IndicatorRow], candles: Candles) -> dict[str, Floats]:
    """One value for each candle by the line's name, which says whose it is if there are several.

    Of two deployments of a strategy the later one counts.
    """
    lines: dict[str, Floats] = {}
    several = len({row.strategy for row in rows}) > 1
    places = {int(open_time): place for place, open_time in enumerate(candles.open_time)}
    for row in rows:
        place = places.get(row.open_time)
        if place is None:
            continue
        for name, number in zip(row.names, row.numbers, strict=True):
            label = f"{row.strategy} {name}" if several else name
            lines.setdefault(label, np.full(len(candles), np.nan))[place] = number
    return lines


def _among_prices(line: Floats, candles: Candles) -> bool:
    """Whether an indicator is drawn over the candles: it is of the size of a price."""
    middle = float(np.nanmedian(line))
    return bool(candles.low.min() * 0.8 <= middle <= candles.high.max() * 1.25)


def _trades(connection: Connection, exchange: str, pair: str, since: int) -> list[ChartTrade]:
    """Trades of all accounts of the exchange that reach into the chart."""
    names = {row.account for row in accounts(connection, exchange=exchange)}
    return [
        _mark(row)
        for row in trades(connection, pair=pair, limit=CANDLES)
        if row.account in names and (row.exited_at is None or to_ms(row.exited_at) >= since)
    ]


def _mark(row: TradeRow) -> ChartTrade:
    """A trade with what it risked or, while it is open, with the stop in force."""
    return ChartTrade(
        side="short" if row.side == "short" else "long",
        entered_at=row.entered_at,
        entry_price=float(row.entry_price),
        exited_at=row.exited_at,
        exit_price=_float(row.exit_price),
        stop=_float(row.stop if row.exited_at is None else row.first_stop),
        target=_float(row.target),
        profit=_float(row.profit),
    )


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
