"""What a strategy thinks at a candle's close: the same, asked live or of a whole block."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import numpy as np

from domain.account.period import Opinion
from domain.account.terms import ExitPlan, Side
from domain.blocks import Window
from domain.candles import Candles, Floats
from domain.longer import as_seen, put_together
from domain.strategies.strategy import Flags, Indicator, Rules, Strategy
from domain.timeframes import Timeframe, timeframe
from domain.values import exact, twelve_digits

_LONGEST = 300
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

Compute = Callable[[Indicator, Candles], Floats]
"""Values of an indicator for each candle: NaN where it has none yet, never looking ahead."""

PROMISED = (
    "stop", "target", "stop_distance", "target_distance", "trail_distance", "break_even_distance",
)  # fmt: skip
"""The rules that, where they are given, every entry must have a number of."""


class StrategyFailed(RuntimeError):
    """A strategy's own code raised an error; the message says which, in the same line each time."""


def opinion(strategy: Strategy, pair: str, window: Window, compute: Compute) -> Opinion | None:
    """What the strategy says at the window's newest candle, or None if it says nothing.

    It says nothing before its warm-up, or where a value, stop or target is not finite. Raises
    StrategyFailed.
    """
    row = len(window.candles) - 1
    if not window.may_signal:
        return None
    return next((said for _, said in _said(strategy, pair, window, compute, row)), None)


def opinions_of_block(
    strategy: Strategy, pair: str, window: Window, compute: Compute
) -> list[tuple[int, Opinion]]:
    """What `opinion` said or would have said at each candle of the window's block.

    Each with the open time (ms) of its candle, oldest first. Raises StrategyFailed.
    """
    if not window.may_signal:
        return []
    first = window.first_row_that_may_signal
    return list(_said(strategy, pair, window, compute, first))


def values_of(
    strategy: Strategy, candles: Candles, frame: Timeframe, compute: Compute
) -> dict[str, Floats]:
    """What a strategy's indicators say at each candle, by its own names; raises StrategyFailed."""
    with _own_code():
        values = {
            name: value_of(each, candles, frame, compute)
            for name, each in strategy.indicators().items()
        }
    for array in values.values():
        array.flags.writeable = False
    return values


def value_of(indicator: Indicator, candles: Candles, frame: Timeframe, compute: Compute) -> Floats:
    """What an indicator says at each candle of the strategy's timeframe, `frame`."""
    if indicator.timeframe is None:
        return compute(indicator, candles)
    longer = timeframe(indicator.timeframe)
    together = put_together(candles, longer)
    values = compute(indicator, together)
    return as_seen(values, together.open_time, longer, candles.open_time + frame.ms)


def _said(
    strategy: Strategy, pair: str, window: Window, compute: Compute, first: int
) -> Iterator[tuple[int, Opinion]]:
    candles = window.candles
    values = values_of(strategy, candles, window.timeframe, compute)
    with _own_code():
        rules = strategy.rules(candles, values).checked(len(candles))
    always = [values[name] for name, each in strategy.indicators().items() if not each.sparse]
    for row in (first + np.flatnonzero(_any(rules)[first:])).tolist():
        if all(np.isfinite(array[row]) for array in always):
            said = _opinion(strategy.name, pair, candles, values, rules, row)
            if said.enter or said.exit or said.trail_long or said.trail_short:
                yield int(candles.open_time[row]), said


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


def _opinion(
    name: str, pair: str, candles: Candles, values: dict[str, Floats], rules: Rules, row: int
) -> Opinion:
    return Opinion(
        strategy=name,
        pair=pair,
        enter=_enter(rules, row),
        exit=_side(rules.exit_long, rules.exit_short, row),
        close=exact(candles.close[row]),
        stop=_price(rules.stop, row),
        target=_price(rules.target, row),
        indicators={
            key: twelve_digits(array[row])
            for key, array in values.items()
            if np.isfinite(array[row])
        },
        limit=_price(rules.limit, row),
        trigger=_price(rules.trigger, row),
        exits=_plan(rules, row),
        trail_long=_price(rules.trail_long, row),
        trail_short=_price(rules.trail_short, row),
        strength=_price(rules.strength, row),
        volatility=_price(rules.volatility, row),
        valid_for=rules.valid_for,
    )


def _plan(rules: Rules, row: int) -> ExitPlan:
    """How the entry's trade is to be left, relative to its fill."""
    return ExitPlan(
        stop_distance=_price(rules.stop_distance, row),
        target_distance=_price(rules.target_distance, row),
        trail_distance=_price(rules.trail_distance, row),
        break_even_distance=_price(rules.break_even_distance, row),
        time_stop=rules.time_stop,
    )


def _enter(rules: Rules, row: int) -> Side | None:
    """The side to enter; none without the finite stops and targets that the rules promise."""
    promised = (getattr(rules, name) for name in PROMISED)
    prices = [array[row] for array in promised if array is not None]
    if not np.all(np.isfinite(prices)):
        return None
    return _side(rules.enter_long, rules.enter_short, row)


def _side(long: Flags, short: Flags | None, row: int) -> Side | None:
    """The side that is meant; long where a strategy means both."""
    if long[row]:
        return "long"
    return "short" if short is not None and short[row] else None


def _price(prices: Floats | None, row: int) -> Decimal | None:
    if prices is None or not np.isfinite(prices[row]):
        return None
    return twelve_digits(prices[row])


def _any(rules: Rules) -> Flags:
    said = rules.enter_long | rules.exit_long
    for flags in (rules.enter_short, rules.exit_short):
        if flags is not None:
            said = said | flags
    for prices in (rules.trail_long, rules.trail_short):
        if prices is not None:
            said = said | np.isfinite(prices)
    return said
