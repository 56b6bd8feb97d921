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
    """Candles in order of time, rows that repeat each other once, rows with a null left out.

    Raises ExchangeUnavailable if times are not in ms, or two rows of one time contradict.
    """
    candles: dict[int, Candle] = {}
    for row in rows:
        if None in row[1:6]:
            continue
        candle = _candle(row)
        if candles.setdefault(candle.open_time, candle) != candle:
            raise ExchangeUnavailable(f"two different candles of {candle.open_time}")
    return [candles[open_time] for open_time in sorted(candles)]


def plausible_ms(moment: Any) -> int:
    """A moment in ms; raises ExchangeUnavailable if it cannot be one."""
    if not isinstance(moment, int) or not _YEAR_1971 < moment < _YEAR_2100:
        raise ExchangeUnavailable(f"{moment!r} is no time in ms")
    return moment


def _candle(row: Sequence[Any]) -> Candle:
    numbers = [Decimal(str(number)) for number in row[1:6]]
    if not all(number.is_finite() for number in numbers):
        raise ExchangeUnavailable(f"a candle without numbers: {row}")
    return Candle(plausible_ms(row[0]), *numbers)
