"""A pattern as an indicator of Backtrader's: the same numbers in runs of Cerebro."""

from array import array
from functools import cache
from typing import Any

import numpy as np

from adapters.indicators.backtrader_code import backtrader
from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.synthetic import MARKETS, synthetic
from domain.candles import Candles, Floats, Times

_FIRST_DAY = 719_163  # 1970-01-01, as Backtrader counts days
_DAY = 86_400_000
_PRICES = ("open", "high", "low", "close", "volume")


class NoHistory(RuntimeError):
    """A pattern looks back at all candles: run Cerebro without `exactbars=1`, which drops them."""


@cache
def backtrader_class(pattern: Pattern) -> Any:
    """The pattern's subclass of `backtrader.Indicator`: its lines, its parameters.

    It wants a data feed, not a line. `runonce`, Cerebro's default, computes all candles at once.
    Without it, or live, each new candle is computed from all before it: right, and slow for many.
    """
    return type(backtrader().Indicator)(
        pattern.name,
        (backtrader().Indicator,),
        {
            "__module__": __name__,
            "__doc__": pattern.values.__doc__,
            "lines": pattern.lines,
            "params": tuple(pattern.parameters.items()),
            "plotinfo": {"subplot": not pattern.over_prices},
            "__init__": lambda self: self.addminperiod(_least(pattern, _arguments(self))),
            "oncestart": lambda *_: None,
            "once": lambda self, *_: _at_once(pattern, self),
            "next": lambda self: _newest(pattern, self),
        },
    )


def _at_once(pattern: Pattern, built: Any) -> None:
    """All values, from the first candle on which all lines have one."""
    values = pattern.values(_candles(built.data, built.data.buflen()), **_arguments(built))
    begin = built._minperiod - 1
    for line, found in zip(built.lines, values, strict=True):
        line.array[begin : len(found)] = array("d", found[begin:].tobytes())


def _newest(pattern: Pattern, built: Any) -> None:
    """The values at the newest candle, from all candles up to it; raises NoHistory."""
    if built.data.close.mode == built.data.close.QBuffer:
        raise NoHistory(NoHistory.__doc__)
    values = pattern.values(_candles(built.data, len(built.data)), **_arguments(built))
    for line, found in zip(built.lines, values, strict=True):
        line[0] = found[-1]


def _arguments(built: Any) -> dict[str, Any]:
    return dict(built.p._getkwargs())


def _candles(data: Any, count: int) -> Candles:
    """The first candles of a feed; by which end it dates its bars is its own matter."""
    dates, *columns = (
        np.array(getattr(data, name).getzero(size=count)) for name in ("datetime", *_PRICES)
    )
    return Candles(_times(dates), *columns)


def _times(dates: Floats) -> Times:
    """Days as Backtrader counts them, in ms since 1970."""
    return np.rint((dates - _FIRST_DAY) * _DAY).astype(np.int64)


def _least(pattern: Pattern, arguments: dict[str, Any]) -> int:
    """How many candles until all lines have values, but for those that come and go.

    Seen on made-up candles: it does not depend on the prices.
    """
    candles = synthetic(MARKETS[0], pattern.warm_up(**arguments) + 1)
    firsts = [_first(line) for line in pattern.values(candles, **arguments)]
    return 1 + max(firsts)


def _first(line: Floats) -> int:
    """The row of the first value of a line that has values from there on; else 0."""
    known = np.isfinite(line)
    first = int(known.argmax())
    return first if known[first:].all() else 0
