"""The warm-up of an indicator without a formula: measured on made-up candles.

The same candles are computed from a long history and from several later beginnings. What counts is
after how many candles the values agree.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from math import ceil

import numpy as np

from adapters.indicators.errors import BadIndicator, NeverSettles
from adapters.indicators.formula import Formula, Lines
from adapters.indicators.need import Need, need_of
from adapters.indicators.synthetic import MARKETS, Market, synthetic
from domain.candles import Candles, Floats
from domain.strategies.strategy import Indicator

MARGIN = 1.25
"""Recorded candles may need more than made-up ones, unless the memory is plainly finite."""

LUCK = 2.0
"""The margin where values do not fade into each other, but meet some day, as of a stop."""

_COUNTS = tuple(2**power for power in range(10, 17))
_TELLING = 8_192
"""So many candles tell whether a difference fades at all."""

_BEGINNINGS = (0.25, 0.31, 0.37, 0.44, 0.5)
_MANY = tuple(0.25 + each / 64 for each in range(17))

Values = Callable[[Market, slice], Floats]
"""A line's values over a part of a made-up market."""


@lru_cache(160)
def _lines(formula: Formula, market: Market, begin: int, end: int) -> Lines:
    return formula.values(_candles(market, end)[begin:])


@lru_cache(32)
def _candles(market: Market, count: int) -> Candles:
    return synthetic(market, count)


def _line(formula: Formula, number: int, market: Market, part: slice) -> Floats:
    return _lines(formula, market, part.start, part.stop)[number]


def sample() -> Candles:
    """A few candles to see whether an indicator can be computed at all."""
    return _candles(MARKETS[0], 64)


def measured(indicator: Indicator, formula: Formula) -> int:
    """The warm-up of the indicator's line; raises NeverSettles, BadIndicator."""
    values = partial(_line, formula, formula.number(indicator))
    for count in _COUNTS:
        needs = _needs(values, count, _BEGINNINGS, count)
        if needs and all(need.is_found for need in needs):
            return _with_margin(values, count, needs)
        if _is_hopeless(needs, count):
            break
    if not needs:
        raise BadIndicator(f"{indicator} has no value on any of {count:,} candles.")
    raise NeverSettles(f"{indicator}: {NeverSettles.__doc__}")


def _is_hopeless(needs: list[Need], count: int) -> bool:
    if not needs:
        return count > _TELLING
    is_telling = count >= _TELLING
    return any(need.stays or (is_telling and not need.is_hopeful) for need in needs)


def _with_margin(values: Values, count: int, needs: list[Need]) -> int:
    candles = max(need.candles for need in needs)
    first = max(need.first for need in needs)
    if candles <= first:
        return first
    if any(need.jumps for need in needs):
        many = _needs(values, 4 * count, _MANY, count)
        return ceil(LUCK * max(need.candles for need in many))
    return ceil(MARGIN * candles)


def _needs(values: Values, count: int, beginnings: Sequence[float], most: int) -> list[Need]:
    """What each beginning on each market needs, where both histories have values.

    `most` rows from each beginning are looked at.
    """
    return [
        need for market in MARKETS for need in _needs_on(values, market, count, beginnings, most)
    ]


def _needs_on(
    values: Values, market: Market, count: int, beginnings: Sequence[float], most: int
) -> Iterator[Need]:
    whole = values(market, slice(0, count))
    if not np.isfinite(whole).any():
        return
    for share in beginnings:
        begin = int(share * count)
        part = slice(begin, min(count, begin + most))
        need = need_of(values(market, part), whole[part])
        if need is not None:
            yield need
