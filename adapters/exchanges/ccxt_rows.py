"""Rows of candles as they came, and the candles they make: all sense, or none is taken."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from application.ports import ExchangeUnavailable
from domain.candles import Candle

_YEAR_1971, _YEAR_2100 = 31_536_000_000, 4_102_444_800_000


def rows_as_they_came(
    parse: Callable[[Any, Any], list[Any]], rows: Any, market: Any = None, *_: Any, **__: Any
) -> list[list[Any]]:
    """Takes the place of ccxt's `parse_ohlcvs`, which makes no rows of what is no list of rows,
    and drops those before `since`: all of them when their times are in seconds.
    """
    if not isinstance(rows, list):
        raise ExchangeUnavailable(f"no rows of candles but {str(rows)[:60]!r}")
    return [parse(row, market) for row in rows]


def holds_a_list(answer: Any) -> bool:
    """Whether an answer has a place for rows, if only an empty one; a list of errors is none."""
    if isinstance(answer, dict):
        return any(holds_a_list(inner) for key, inner in answer.items() if key != "error")
    return isinstance(answer, list)


def sensible_candles(rows: Sequence[Sequence[Any]]) -> list[Candle]:
    """Candles in order of time; rows that repeat each other once, rows with a null left out.

    Two rows of one time that contradict are both left out, since neither can be trusted: Bitstamp
    has such a day in its history (2019-01-09), which shall not hide the others. Raises
    ExchangeUnavailable if nothing else is left, or times are not in ms.
    """
    candles: dict[int, Candle] = {}
    doubtful: set[int] = set()
    for row in rows:
        open_time = plausible_ms(row[0])
        if None in row[1:6]:
            continue
        candle = Candle(open_time, *map(_number, row[1:6]))
        if candles.setdefault(open_time, candle) != candle:
            doubtful.add(open_time)
    if doubtful and len(doubtful) == len(candles):
        raise ExchangeUnavailable(f"two different candles of {min(doubtful)}")
    return [candles[open_time] for open_time in sorted(candles.keys() - doubtful)]


def plausible_ms(moment: Any) -> int:
    """A moment in ms; raises ExchangeUnavailable if it cannot be one."""
    if not isinstance(moment, int) or not _YEAR_1971 < moment < _YEAR_2100:
        raise ExchangeUnavailable(f"{moment!r} is no time in ms")
    return moment


def _number(text: Any) -> Decimal:
    number = Decimal(str(text))
    if not number.is_finite():
        raise ExchangeUnavailable(f"a candle with {text} for a number")
    return number
