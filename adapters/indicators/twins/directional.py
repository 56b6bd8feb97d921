"""Wilder's directional movement."""

from functools import partial
from typing import NamedTuple

import numpy as np

from adapters.indicators.formula import Lines
from adapters.indicators.twins.division import quotient, until_zero
from adapters.indicators.twins.ranges import average_true_range
from adapters.indicators.twins.smoothing import earlier, wilder
from adapters.indicators.twins.twin import Twin
from domain.candles import Candles, Floats


class _Moves(NamedTuple):
    plus: Floats
    minus: Floats
    range: Floats


def _moves(candles: Candles, period: int) -> _Moves:
    """What was smoothed of the moves up and down, as percents of the average true range."""
    up = candles.high - earlier(candles.high, 1)
    down = earlier(candles.low, 1) - candles.low
    span = average_true_range(candles, period)
    plus, minus = (
        quotient(100.0 * wilder(_only(move, other), period), span)
        for move, other in ((up, down), (down, up))
    )
    return _Moves(plus, minus, span)


def _only(move: Floats, other: Floats) -> Floats:
    """The move where it is the greater one and above zero; none on the first candle."""
    only = np.where((move > other) & (move > 0.0), move, 0.0)
    only[:1] = np.nan
    return only


def _index(candles: Candles, *, period: int, wanted: tuple[str, ...]) -> Lines:
    """The lines wanted of those that have to do with the average directional index."""
    plus, minus, span = _moves(candles, period)
    both = plus + minus
    index = 100.0 * wilder(quotient(np.abs(plus - minus), both), period)
    lines = {
        "adx": index,
        "adxr": (index + earlier(index, period)) / 2.0,
        "plusDI": plus,
        "minusDI": minus,
    }
    return until_zero(both, *until_zero(span, *(lines[name] for name in wanted)))


def _indicators(candles: Candles, *, period: int, wanted: tuple[str, ...]) -> Lines:
    plus, minus, span = _moves(candles, period)
    lines = {"plusDI": plus, "minusDI": minus}
    return until_zero(span, *(lines[name] for name in wanted))


def _twin(*names: str, lines: tuple[str, ...]) -> Twin:
    values = _index if "adx" in lines else _indicators
    return Twin(names, lines, {"period": 14}, partial(values, wanted=lines), of_one=False)


DIRECTIONAL = (
    _twin("PlusDirectionalIndicator", "PlusDI", lines=("plusDI",)),
    _twin("MinusDirectionalIndicator", "MinusDI", lines=("minusDI",)),
    _twin("DirectionalIndicator", "DI", lines=("plusDI", "minusDI")),
    _twin("AverageDirectionalMovementIndex", "ADX", lines=("adx",)),
    _twin("AverageDirectionalMovementIndexRating", "ADXR", lines=("adx", "adxr")),
    _twin("DirectionalMovementIndex", "DMI", lines=("adx", "plusDI", "minusDI")),
    _twin("DirectionalMovement", "DM", lines=("adx", "adxr", "plusDI", "minusDI")),
)
