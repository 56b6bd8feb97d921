"""Backtrader's own indicator code, run over arrays without its event loop.

A data feed is filled beforehand, the indicator is built on it, and its vectorised `_once` runs. A
few indicators ask Cerebro for its other way, candle by candle: they get it.
"""

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np

from adapters.indicators.formula import Lines
from adapters.indicators.library import backtrader
from adapters.indicators.line_arithmetic import parts, quicken
from domain.candles import Candles
from domain.strategies.strategy import Column

Build = Callable[[Any], Any]
"""Makes an indicator on a feed or on one of its lines."""

_COLUMNS = ("open", "high", "low", "close", "volume")


def run(build: Build, of: Column, candles: Candles) -> Lines:
    """All lines of the indicator, as in a run of Cerebro that begins at the first candle."""
    feed = _feed(candles)
    built = build(feed if of == "close" else getattr(feed.lines, of))
    if any(getattr(part, "_nextforce", False) for part in parts(built)):
        _step(built, feed)
    elif built._minperiod > len(candles) > 0:
        return _of_few(build, of, candles, built._minperiod)
    elif len(candles):
        quicken(built)
        built._stage2()
        built._once()
    names = built.lines.getlinealiases()
    return tuple(np.array(getattr(built.lines, name).array[: len(candles)]) for name in names)


def _step(built: Any, feed: Any) -> None:
    """Backtrader's way for indicators that feed on their own last value."""
    built._stage2()
    for _ in range(feed.buflen()):
        feed.advance()
        built._next()


def _of_few(build: Build, of: Column, candles: Candles, least: int) -> Lines:
    """As of a longer series: one line may have values before the slowest line's first."""
    rows = np.arange(least) % len(candles)
    longer = Candles(*(getattr(candles, column)[rows] for column in Candles.__slots__))
    return tuple(line[: len(candles)] for line in run(build, of, longer))


def _feed(candles: Candles) -> Any:
    """A feed whose lines hold all candles; days since 1970 stand for Backtrader's dates."""
    feed = backtrader().feed.DataBase()
    for name in _COLUMNS:
        getattr(feed.lines, name).array = array("d", getattr(candles, name).tobytes())
    feed.lines.datetime.array = array("d", (candles.open_time / 86_400_000 + 719_163).tobytes())
    feed.lines.openinterest.array = array("d", bytes(8 * len(candles)))
    feed.home()
    return feed
