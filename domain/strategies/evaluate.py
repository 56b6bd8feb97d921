"""What a strategy thinks at a candle's close: the same, asked live or of a whole block."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from domain.account.period import Opinion
from domain.blocks import Window
from domain.candles import Candles, Floats
from domain.longer import as_seen, put_together
from domain.strategies.said import Said, said
from domain.strategies.strategy import Indicator, Strategy
from domain.timeframes import Timeframe, timeframe

_LONGEST = 300
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

Compute = Callable[[Indicator, Candles], Floats]
"""Values of an indicator for each candle: NaN where it has none yet, never looking ahead."""


class StrategyFailed(RuntimeError):
    """A strategy's own code raised an error; the message says which, in the same line each time."""


def opinion(strategy: Strategy, pair: str, window: Window, compute: Compute) -> Opinion | None:
    """What the strategy says at the window's newest candle, or None if it says nothing.

    It says nothing before its warm-up, or where a value, stop or target is not finite. Raises
    StrategyFailed.
    """
    heard = said_in_newest(strategy, window, compute)
    return None if heard is None else heard.opinion(0, pair)


def said_in_newest(strategy: Strategy, window: Window, compute: Compute) -> Said | None:
    """The same as a column of one."""
    if not window.may_signal:
        return None
    return _said(strategy, window, compute, len(window.candles) - 1)


def said_in_block(
    strategy: Strategy, window: Window, compute: Compute, since: int = 0
) -> Said | None:
    """What `opinion` said or would have said at each candle of the window's block.

    Only of candles that open at `since` (ms) or later. Raises StrategyFailed.
    """
    first = int(window.candles.open_time.searchsorted(since))
    if not window.may_signal or first == len(window.candles):
        return None
    return _said(strategy, window, compute, max(first, window.first_row_that_may_signal))


def opinions_of_block(
    strategy: Strategy, pair: str, window: Window, compute: Compute
) -> list[tuple[int, Opinion]]:
    """The same, each opinion with the open time (ms) of its candle."""
    heard = said_in_block(strategy, window, compute)
    if heard is None:
        return []
    times = enumerate(heard.open_time.tolist())
    return [(open_time, heard.opinion(row, pair)) for row, open_time in times]


def values_of(
    strategy: Strategy, candles: Candles, frame: Timeframe, compute: Compute
) -> dict[str, Floats]:
    """What a strategy's indicators say at each candle, by its own names; raises StrategyFailed."""
    with _own_code():
        indicators = strategy.indicators()
    return _values(indicators, candles, frame, compute)


def value_of(indicator: Indicator, candles: Candles, frame: Timeframe, compute: Compute) -> Floats:
    """What an indicator says at each candle of the strategy's timeframe, `frame`."""
    if indicator.timeframe is None:
        return compute(indicator, candles)
    longer = timeframe(indicator.timeframe)
    together = put_together(candles, longer)
    values = compute(indicator, together)
    return as_seen(values, together.open_time, longer, candles.open_time + frame.ms)


def _said(strategy: Strategy, window: Window, compute: Compute, first: int) -> Said | None:
    candles = window.candles
    with _own_code():
        indicators = _indicators(strategy)
    values = _values(indicators, candles, window.timeframe, compute)
    with _own_code():
        rules = strategy.rules(candles, values).checked(len(candles))
    always = {name: values[name] for name, each in indicators.items() if not each.sparse}
    return said(strategy.name, candles, values, always, rules, first)


def _values(
    indicators: Mapping[str, Indicator], candles: Candles, frame: Timeframe, compute: Compute
) -> dict[str, Floats]:
    with _own_code():
        values = {
            name: value_of(each, candles, frame, compute) for name, each in indicators.items()
        }
    for array in values.values():
        array.flags.writeable = False
    return values


@lru_cache(64)  # it is asked for each block of a history
def _indicators(strategy: Strategy) -> Mapping[str, Indicator]:
    return strategy.indicators()


@contextmanager
def _own_code() -> Iterator[None]:
    """Where a strategy's own code runs, which may fail in any way."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # in any way: it becomes a fact, and stops nothing else
        raise StrategyFailed(_in_one_line(error)) from error


def _in_one_line(error: Exception) -> str:
    text = _ADDRESS.sub("", f"{type(error).__name__}: {error}").replace("\0", "")
    return " ".join(text.split())[:_LONGEST]
