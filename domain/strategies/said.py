"""What a strategy says of a market's candles, as columns; opinions are made when asked for."""

from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.account.period import Opinion
from domain.account.terms import ExitPlan, Side
from domain.candles import Candles, Floats, Times
from domain.strategies.strategy import Flags, Rules
from domain.values import exact, twelve_digits

Sides = NDArray[np.int8]
LONG, NONE, SHORT = 1, 0, -1

PROMISED = (
    "stop", "target", "stop_distance", "target_distance", "trail_distance", "break_even_distance",
    "stop_rate", "target_rate",
)  # fmt: skip
"""The rules that, where they are given, every entry must have a number of."""

_PLAN = tuple(name for name in ExitPlan.__struct_fields__ if name in Rules.__slots__[:-2])
_PRICES = ("stop", "target", "limit", "trigger", "trail_long", "trail_short", "strength",
           "volatility")  # fmt: skip
_SIDES: dict[int, Side | None] = {LONG: "long", NONE: None, SHORT: "short"}


class Said(NamedTuple):
    """Something said, a row a candle, oldest first: open times (ms), sides, and columns by name.

    `prices` and `plan` hold what the rules give, `values` what the indicators show. `trails`: the
    rules say where stops belong.
    """

    strategy: str
    open_time: Times
    enter: Sides
    exit: Sides
    trails: Flags
    close: Floats
    prices: Mapping[str, Floats]
    plan: Mapping[str, Floats]
    values: Mapping[str, Floats]
    valid_for: int | None
    time_stop: int | None

    def __len__(self) -> int:
        return len(self.open_time)

    def opinion(self, row: int, pair: str) -> Opinion:
        """What is said in a row."""
        prices = _finite(self.prices, row)
        numbers = tuple([each.item(row) for each in self.plan.values()])
        return Opinion(
            self.strategy,
            pair,
            _SIDES[self.enter.item(row)],
            _SIDES[self.exit.item(row)],
            exact(self.close.item(row)),
            prices.pop("stop", None),
            prices.pop("target", None),
            _finite(self.values, row),
            exits=_plan(tuple(self.plan), numbers, self.time_stop),
            valid_for=self.valid_for,
            **prices,
        )


def said(
    strategy: str, candles: Candles, values: Mapping[str, Floats], always: Mapping[str, Floats],
    rules: Rules, first: int,
) -> Said | None:  # fmt: skip
    """What rules say from row `first` on, or None if nothing.

    Nothing where a value of `always` is not finite; no entry without the finite numbers that the
    rules promise.
    """
    rows = np.flatnonzero(_any(rules)[first:]) + first
    for each in always.values():
        rows = rows[np.isfinite(each[rows])] if len(rows) else rows
    if not len(rows):
        return None
    enter = _sides(rules.enter_long, rules.enter_short, rows)
    for name in PROMISED:
        if (promised := getattr(rules, name)) is not None:
            enter[~np.isfinite(promised[rows])] = NONE
    leave, trails = _sides(rules.exit_long, rules.exit_short, rows), _trails(rules, rows)
    heard = (enter != NONE) | (leave != NONE) | trails
    if not heard.any():
        return None
    if not heard.all():
        rows, enter, leave, trails = rows[heard], enter[heard], leave[heard], trails[heard]
    return Said(
        strategy,
        candles.open_time[rows],
        enter,
        leave,
        trails,
        candles.close[rows],
        _given(rules, _PRICES, rows),
        _given(rules, _PLAN, rows),
        {name: each[rows] for name, each in values.items()},
        rules.valid_for,
        rules.time_stop,
    )


def _any(rules: Rules) -> Flags:
    spoken = rules.enter_long | rules.exit_long
    for flags in (rules.enter_short, rules.exit_short):
        if flags is not None:
            spoken |= flags
    for prices in (rules.trail_long, rules.trail_short):
        if prices is not None:
            spoken |= np.isfinite(prices)
    return spoken


def _sides(long: Flags, short: Flags | None, rows: NDArray[Any]) -> Sides:
    """The side that is meant in each row; long where a strategy means both."""
    sides: Sides = long[rows].astype(np.int8)
    if short is not None:
        sides[short[rows] & (sides == NONE)] = SHORT
    return sides


def _trails(rules: Rules, rows: NDArray[Any]) -> Flags:
    trails = np.zeros(len(rows), dtype=np.bool_)
    for prices in (rules.trail_long, rules.trail_short):
        if prices is not None:
            trails |= np.isfinite(prices[rows]) & (prices[rows] != 0)
    return trails


def _given(rules: Rules, names: tuple[str, ...], rows: NDArray[Any]) -> dict[str, Floats]:
    return {
        name: column[rows] for name in names if (column := getattr(rules, name)) is not None
    }  # fmt: skip


def _finite(columns: Mapping[str, Floats], row: int) -> dict[str, Any]:
    """Recorded digits of those numbers that are any."""
    return {
        name: twelve_digits(number)
        for name, column in columns.items()
        if -inf < (number := column.item(row)) < inf
    }


@lru_cache(1_024)
def _plan(names: tuple[str, ...], numbers: tuple[float, ...], time_stop: int | None) -> ExitPlan:
    """How the entry's trade is to be left, relative to its fill."""
    given = zip(names, numbers, strict=True)
    return ExitPlan(
        **{name: twelve_digits(each) for name, each in given if -inf < each < inf},
        time_stop=time_stop,
    )
