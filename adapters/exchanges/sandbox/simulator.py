"""Simulated candles: the same for a seed, for ever, from whichever day they are asked.

The logarithm of a price at each midnight is a sum of noises of longer and longer waves; within a
day it is a Brownian bridge between its two midnights. So any day is made alone, and days meet.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.exchanges.sandbox.noise import normals, stream, uniforms
from adapters.exchanges.sandbox.sources import SandboxMarket
from domain.candles import Candles, Floats
from domain.timeframes import MINUTE, Timeframe

TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
_DAY = 1_440 * MINUTE
_FIRST_DAY = 17_532  # 2018-01-01
_LAST_DAY = 47_482  # 2100-01-01
_MINUTES = np.arange(1_440)
_HOUR = _MINUTES // 60
_WAVES = 2 ** np.arange(9)  # days
_WAVE_SIZE = 0.02  # of the logarithm, for a wave of a day; longer ones grow with the root
_DAILY_VOLATILITY = 0.04


class _Sketch(NamedTuple):
    price: float
    price_decimals: int
    volume_decimals: int
    turnover: float  # quote asset a minute, usually
    liveliness: float = 1.0


_PAIRS = {
    "ADA/USDT": _Sketch(0.45, 4, 1, 30_000, 1.1),
    "AVAX/USDT": _Sketch(28.0, 2, 2, 25_000, 1.2),
    "BTC/USDT": _Sketch(60_000.0, 2, 5, 900_000, 0.7),
    "DOGE/USDT": _Sketch(0.14, 5, 0, 80_000, 1.3),
    "ETH/USDT": _Sketch(3_000.0, 2, 4, 500_000, 0.9),
    "LINK/USDT": _Sketch(14.0, 2, 2, 25_000, 1.2),
    "SOL/USDT": _Sketch(150.0, 2, 3, 250_000, 1.1),
    "XRP/USDT": _Sketch(0.55, 4, 1, 90_000, 1.0),
}


def sketches(count: int = len(_PAIRS)) -> dict[str, _Sketch]:
    """So many markets: the eight with names, then made-up ones, the same whatever the seed."""
    named = list(_PAIRS.items())[:count]
    return dict(named) | {f"M{n:03}/USDT": _made_up(n) for n in range(len(_PAIRS) + 1, count + 1)}


def _made_up(number: int) -> _Sketch:
    """Prices from 0.001 to 10,000 with about five digits, and lots worth less than a tenth."""
    drawn = uniforms(stream("market"), np.arange(number * 3, number * 3 + 3)).tolist()
    magnitude = -3 + 7 * drawn[0]
    return _Sketch(
        price=round(10**magnitude, 6),
        price_decimals=max(0, 4 - floor(magnitude)),
        volume_decimals=max(0, 2 + floor(magnitude)),
        turnover=2_000 * 100 ** drawn[1],
        liveliness=0.8 + 0.6 * drawn[2],
    )


class Simulator:
    """Simulated candles of `markets` pairs, made by the day and aggregated from 1m."""

    def __init__(
        self,
        seed: int = 7,
        pairs: Sequence[str] | None = None,
        timeframes: Sequence[str] | None = None,
        markets: int | None = None,
    ) -> None:
        self._seed = seed
        self._sketches = sketches() if markets is None else sketches(markets)
        self._timeframes = [name for name in TIMEFRAMES if timeframes is None or name in timeframes]
        self.pairs = tuple(pair for pair in self._sketches if pairs is None or pair in pairs)
        kept = max(512, 3 * len(self.pairs))
        self._day = lru_cache(maxsize=kept)(self._simulated_day)
        self._wave_keys = lru_cache(maxsize=None)(self._keys_of_waves)

    def timeframes(self, pair: str) -> list[str]:
        return list(self._timeframes) if pair in self.pairs else []

    def market(self, pair: str) -> SandboxMarket:
        sketch = self._sketches[pair]
        return SandboxMarket(
            pair,
            Decimal(1).scaleb(-sketch.price_decimals),
            Decimal(1).scaleb(-sketch.volume_decimals),
        )

    def span(self, pair: str, frame: Timeframe) -> tuple[int, int]:
        if frame.name not in self.timeframes(pair):
            return 0, -1
        return _FIRST_DAY * _DAY, _LAST_DAY * _DAY - frame.ms

    def candles(self, pair: str, frame: Timeframe, start: int, stop: int) -> Candles:
        first = max(start // _DAY, _FIRST_DAY)
        end = min(-(-stop // _DAY), _LAST_DAY)
        if frame.name not in self._timeframes or first >= end:
            return Candles.none()
        days = [aggregated(self._day(pair, day), frame) for day in range(first, end)]
        series = _joined(days) if len(days) > 1 else days[0]
        inside = np.searchsorted(series.open_time, (start, stop))
        return series[int(inside[0]) : int(inside[1])]

    def _simulated_day(self, pair: str, day: int) -> Candles:
        sketch = self._sketches[pair]
        counters = day * 1_440 + _MINUTES
        spread = self._spread(pair, day) * sketch.liveliness
        prices = np.round(
            sketch.price * np.exp(self._path(pair, day, spread)), sketch.price_decimals
        )
        opens, closes = prices[:-1], prices[1:]
        above = np.abs(normals(stream(self._seed, pair, "high"), counters)) * spread / 2
        below = np.abs(normals(stream(self._seed, pair, "low"), counters)) * spread / 2
        size = np.exp(0.7 * normals(stream(self._seed, pair, "volume"), counters))
        volumes = sketch.turnover / closes * size * (1 + np.abs(closes / opens - 1) / spread)
        return Candles(
            counters * MINUTE,
            opens,
            np.round(np.maximum(opens, closes) * np.exp(above), sketch.price_decimals),
            np.round(np.minimum(opens, closes) * np.exp(-below), sketch.price_decimals),
            closes,
            np.round(volumes, sketch.volume_decimals),
        )

    def _path(self, pair: str, day: int, spread: Floats) -> Floats:
        """1,441 logarithms of the price over its usual one, from midnight to midnight."""
        start, end = self._midnight(pair, day), self._midnight(pair, day + 1)
        steps = normals(stream(self._seed, pair, "path"), day * 1_440 + _MINUTES) * spread
        walk = np.concatenate(((0.0,), np.cumsum(steps)))
        share = np.arange(1_441) / 1_440
        path = start + walk + (end - start - walk[-1]) * share
        path[-1] = end
        return np.asarray(path)

    def _spread(self, pair: str, day: int) -> Floats:
        """The standard deviation of each minute's step: some hours are livelier than others."""
        hours = normals(stream(self._seed, pair, "hour"), day * 24 + np.arange(24))
        usual = _DAILY_VOLATILITY / np.sqrt(1_440)
        return np.asarray(usual * np.exp(0.4 * hours[_HOUR]))

    def _midnight(self, pair: str, day: int) -> float:
        """The logarithm of the price over its usual one at the beginning of a day."""
        lattice, way = day // _WAVES, day % _WAVES / _WAVES
        left, right = normals(self._wave_keys(pair), np.array((lattice, lattice + 1)))
        return float(np.sum(_WAVE_SIZE * np.sqrt(_WAVES) * (left * (1 - way) + right * way)))

    def _keys_of_waves(self, pair: str) -> NDArray[np.uint64]:
        keys = [stream(self._seed, pair, "wave", int(wave)) for wave in _WAVES]
        return np.array(keys, dtype=np.uint64)


def aggregated(minutes: Candles, frame: Timeframe) -> Candles:
    """Candles of a timeframe that divides a day, from all 1m candles of one."""
    size = frame.ms // MINUTE
    if size == 1:
        return minutes
    return Candles(
        minutes.open_time[::size],
        minutes.open[::size],
        minutes.high.reshape(-1, size).max(axis=1),
        minutes.low.reshape(-1, size).min(axis=1),
        minutes.close[size - 1 :: size],
        np.round(minutes.volume.reshape(-1, size).sum(axis=1), 8),
    )


def _joined(parts: list[Candles]) -> Candles:
    return Candles(
        np.concatenate([part.open_time for part in parts]),
        np.concatenate([part.open for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.close for part in parts]),
        np.concatenate([part.volume for part in parts]),
    )
