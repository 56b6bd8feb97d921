"""Candles: one exactly, and a series of them as columns of doubles."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.timeframes import Timeframe, timeframe
from domain.times import from_ms
from domain.values import ZERO, exact

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

_TINY, _HUGE = Decimal("1e-300"), Decimal("1e300")
_SURELY_EXACT = 15  # digits that every double holds


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


def fault_of(candle: Candle, frame: Timeframe, now: int) -> str | None:
    """Why this cannot be a candle of that timeframe, or None if it can.

    `now` (ms) is the exchange's clock: what opens more than a period later is not believed.
    """
    fault = _fault_of_time(candle.open_time, frame, now)
    return fault if fault or _is_surely_sound(candle) else _fault_of_numbers(candle)


def _fault_of_time(open_time: int, frame: Timeframe, now: int) -> str | None:
    if open_time < 0:
        return f"it opens before 1970 ({open_time} ms)"
    if open_time > now + frame.ms:
        return f"it opens in the future ({open_time} ms, the clock says {now})"
    if frame.open_of(open_time) != open_time:
        return f"{from_ms(open_time).isoformat()} is not the open of a {frame} period"
    return None


def _is_surely_sound(candle: Candle) -> bool:
    """Whether no number has a fault, told quickly; False says nothing."""
    _, open_, high, low, close, volume = candle
    try:
        is_in_order = _TINY < low <= open_ <= high < _HUGE and low <= close <= high
        is_traded = ZERO <= volume < _HUGE
    except InvalidOperation:  # one of them is not a number
        return False
    longest = max(len(str(open_)), len(str(high)), len(str(low)), len(str(close)))
    return is_in_order and is_traded and longest <= _SURELY_EXACT


def _fault_of_numbers(candle: Candle) -> str | None:
    for name, number in zip(Candle._fields[1:], candle[1:], strict=True):
        if not number.is_finite() or not isfinite(float(number)):
            return f"{name} is {number}, not a number"
    for name, price in zip(Candle._fields[1:5], candle[1:5], strict=True):
        if price <= 0:
            return f"{name} {price} is not above zero"
        if exact(float(price)) != price:  # it would trade at another price than the tape says
            return f"{name} {price} has more digits than a double holds"
    if candle.volume < 0:
        return f"volume {candle.volume} is below zero"
    if candle.high < max(candle.open, candle.close):
        return f"high {candle.high} is below open {candle.open} or close {candle.close}"
    if candle.low > min(candle.open, candle.close):
        return f"low {candle.low} is above open {candle.open} or close {candle.close}"
    return None


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

    def traded(self) -> "Candles":
        """Those in which anything was traded; the others are flat and have no volume."""
        quiet = (self.volume == 0) & (self.high == self.low)
        return self.where(~quiet) if quiet.any() else self

    def where(self, chosen: NDArray[np.bool_]) -> "Candles":
        """The chosen ones."""
        return Candles(*(getattr(self, column)[chosen] for column in self.__slots__))

    def read_only(self) -> "Candles":
        """The same ones, guarded against change: several readers share them."""
        for column in self.__slots__:
            getattr(self, column).flags.writeable = False
        return self

    def candle(self, index: int) -> Candle:
        """One candle, its numbers exact again."""
        columns = (self.open, self.high, self.low, self.close, self.volume)
        return Candle(
            self.open_time.item(index), *[Decimal(repr(each.item(index))) for each in columns]
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
