"""The series that a strategy is checked on: two simulated markets, and edges.

They are the same each time: chance comes from names and counters.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from adapters.exchanges.sandbox.noise import normals, stream, uniforms
from domain.candles import Candles, Floats, Times
from domain.strategies.checking import CheckSeries
from domain.strategies.strategy import Flags
from domain.timeframes import Timeframe
from domain.times import to_ms

BEGIN = to_ms(datetime(2024, 1, 1, tzinfo=UTC))
ONE_PRICE = 300
"""So many candles in a row have one price."""

AWAY = 200
"""So many periods an exchange is away."""

_TICK = 0.01
_VOLATILITY = 0.008
"""The usual standard deviation of a candle's move."""

_WAVES = (16, 128, 1_024)
"""Volatility comes in clusters of so many candles."""

_BAND = 1.5
"""The logarithm of a price turns round at twice this distance."""


def check_series(
    frame: Timeframe, warm_up: int, recorded: Sequence[CheckSeries] = ()
) -> list[CheckSeries]:
    """The series for a warm-up (candles), those of markets first; then recorded ones."""
    return [*_markets(frame, warm_up), *recorded, *_edges(frame, warm_up)]


def _markets(frame: Timeframe, warm_up: int) -> list[CheckSeries]:
    lively = simulated("lively", frame, 2 * warm_up + 4_096)
    return [CheckSeries("lively", lively), CheckSeries("quiet", _quiet(frame, warm_up))]


def _edges(frame: Timeframe, warm_up: int) -> list[CheckSeries]:
    count = warm_up + 800
    lively = simulated("edges", frame, count)
    steps = np.arange(count, dtype=np.float64)
    edges = {
        "a single candle": lively[:1],
        "two candles": lively[:2],
        "one price": _of_one_price(lively, slice(0, count)),
        "stops moving": _of_one_price(lively, slice(count - 2 * ONE_PRICE, count - ONE_PRICE)),
        "rising": _walked(lively, 100 + steps),
        "falling": _walked(lively, 100 + count - steps),
        "no volume": replace(lively, volume=np.zeros(count)),
        "tiny prices": _each_price(lively, lambda price: np.round(price) / 1e10),
        "huge prices": _each_price(lively, lambda price: np.round(price) * 1e10),
        "no candles": lively[:0],
    }
    return [CheckSeries(name, candles, is_market=False) for name, candles in edges.items()]


def simulated(name: str, frame: Timeframe, count: int) -> Candles:
    """Candles like a market's: volatility in clusters, jumps, ticks of 0.01 around 100."""
    rows = np.arange(count)
    spread = _spread(name, count)
    steps = normals(stream(name, "steps"), rows) * spread
    jumps = uniforms(stream(name, "jumps"), rows) < 0.01
    steps = np.where(jumps, 4 * steps, steps)
    close = _ticks(100 * np.exp(_folded(np.cumsum(steps))))
    gaps = uniforms(stream(name, "gaps"), rows) < 0.2
    gap = normals(stream(name, "gap"), rows) * spread / 8 * gaps
    before = np.concatenate(([100.0], close[:-1]))
    open_ = _ticks(before * np.exp(gap))
    above, below = (
        np.exp(np.abs(normals(stream(name, side), rows)) * spread / 2) for side in ("up", "down")
    )
    size = np.exp(0.7 * normals(stream(name, "volume"), rows) + np.abs(steps) / spread)
    return Candles(
        _times(frame, rows),
        open_,
        _ticks(np.maximum(open_, close) * above),
        _ticks(np.minimum(open_, close) / below),
        close,
        np.round(50 * size, 3) + 0.001,
    )


def _spread(name: str, count: int) -> Floats:
    """The standard deviation of each candle's move: lively and dull times of all lengths."""
    rows = np.arange(count)
    waves = [
        np.interp(
            rows,
            np.arange(0, count + wave, wave),
            normals(stream(name, "wave", wave), np.arange(-(-(count + wave) // wave))),
        )
        for wave in _WAVES
    ]
    return np.asarray(_VOLATILITY * np.exp(0.4 * np.sum(waves, axis=0)))


def _folded(walk: Floats) -> Floats:
    """The walk, thrown back at a distance, so that prices stay what they are."""
    return np.asarray(np.abs((walk + _BAND) % (4 * _BAND) - 2 * _BAND) - _BAND)


def _ticks(prices: Floats) -> Floats:
    return np.asarray(np.maximum(np.round(prices / _TICK), 1) / round(1 / _TICK))


def _times(frame: Timeframe, rows: Times) -> Times:
    return np.asarray(frame.open_of(BEGIN) + rows * frame.ms)


def _quiet(frame: Timeframe, warm_up: int) -> Candles:
    """A market in which often nothing is traded, and which twice was away for long.

    Some quiet periods come as flat candles, some not at all.
    """
    lives = (ONE_PRICE, warm_up + 700, warm_up + 1_400)
    candles = simulated("quiet", frame, 2 * sum(lives))
    rows = np.arange(len(candles))
    share = 0.5 * np.repeat(uniforms(stream("quiet", "share"), rows[: -(-len(rows) // 64)]), 64)
    is_quiet = uniforms(stream("quiet", "is"), rows) < share[: len(rows)]
    is_absent = is_quiet & (uniforms(stream("quiet", "how"), rows) < 0.5)
    traded = np.cumsum(~is_quiet)
    away = sum((traded > until) * AWAY for until in np.cumsum(lives)[:-1])
    candles = _flat(candles, is_quiet)
    moved = replace(candles, open_time=candles.open_time + away * frame.ms)
    return moved.where(~is_absent & (traded <= sum(lives)))


def _flat(candles: Candles, is_quiet: Flags) -> Candles:
    """The candles, at some of which nothing was traded."""
    before = np.concatenate((candles.open[:1], candles.close[:-1]))
    flat = _each_price(candles, lambda price: np.where(is_quiet, before, price))
    return replace(flat, volume=np.where(is_quiet, 0.0, candles.volume))


def _of_one_price(candles: Candles, rows: slice) -> Candles:
    """The candles, some of them at one price."""
    is_one = np.zeros(len(candles), dtype=np.bool_)
    is_one[rows] = True
    return _each_price(candles, lambda price: np.where(is_one, candles.close[rows.start], price))


def _walked(candles: Candles, close: Floats) -> Candles:
    """Candles of the same times with these closes, each opening at the last."""
    open_ = np.concatenate((close[:1], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return replace(candles, open=open_, high=high, low=low, close=close)


def _each_price(candles: Candles, change: Callable[[Floats], Floats]) -> Candles:
    """The candles with their prices changed."""
    return replace(
        candles,
        open=change(candles.open),
        high=change(candles.high),
        low=change(candles.low),
        close=change(candles.close),
    )
