"""Candles: one exactly, and a series of them as columns of doubles."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.timeframes import Timeframe, timeframe
from domain.values import exact

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


class Series(NamedTuple):
    """The candles of one market in one timeframe."""

    exchange: str
    pair: str
    timeframe: str

    @property
    def frame(self) -> Timeframe:
        return timeframe(self.timeframe)

    def __str__(self) -> str:
        return f"{self.exchange} {self.pair} {self.timeframe}"


class Candle(NamedTuple):
    """One closed period of a market, exact. `open_time` in ms."""

    open_time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles as columns, oldest first: open times (ms, int64) and five float64 of one length."""

    open_time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.open_time)

    def __getitem__(self, part: slice) -> "Candles":
        return Candles(
            self.open_time[part],
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            self.volume[part],
        )

    def candle(self, index: int) -> Candle:
        """One candle, its numbers exact again."""
        return Candle(
            int(self.open_time[index]),
            exact(self.open[index]),
            exact(self.high[index]),
            exact(self.low[index]),
            exact(self.close[index]),
            exact(self.volume[index]),
        )

    def joined(self, later: "Candles") -> "Candles":
        """These candles and later ones behind them."""
        return Candles(
            np.concatenate((self.open_time, later.open_time)),
            np.concatenate((self.open, later.open)),
            np.concatenate((self.high, later.high)),
            np.concatenate((self.low, later.low)),
            np.concatenate((self.close, later.close)),
            np.concatenate((self.volume, later.volume)),
        )

    @classmethod
    def none(cls) -> Self:
        """No candles."""
        empty = np.empty(0, dtype=np.float64)
        return cls(np.empty(0, dtype=np.int64), empty, empty, empty, empty, empty)
