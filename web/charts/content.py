"""What the chart of a series shows, and a text that stands for it."""

from hashlib import sha256

import msgspec

from adapters.charts.candle_chart import ChartContent
from adapters.charts.reading import END_OF_TIME, NoSuchSeries, recorded_content
from domain.candles import Series
from web.database import Connection
from web.encoding import plain
from web.problems import not_found

CANDLES = 200


def chart_content(
    connection: Connection, series: Series, *, until: int = END_OF_TIME, count: int = CANDLES
) -> ChartContent:
    """The newest candles before `until` (ms) with what was made of them; raises a 404 problem."""
    try:
        return recorded_content(connection, series, until=until, count=count)
    except NoSuchSeries as error:
        raise not_found(str(error)) from error


def fingerprint(content: ChartContent) -> str:
    """A short text that is another one whenever the content is."""
    candles = content.candles
    columns = (candles.open_time, candles.open, candles.high, candles.low, candles.close)
    digest = sha256(repr((content.exchange, content.pair, content.timeframe)).encode())
    for column in (*columns, candles.volume):
        digest.update(column.tobytes())
    for line in content.lines:
        digest.update(repr((line.name, line.panel)).encode() + line.values.tobytes())
    marks = (content.trades, content.signals, content.orders, content.gaps)
    digest.update(msgspec.json.encode([plain(list(each)) for each in marks]))
    return digest.hexdigest()[:20]
