"""What the checks find, in words that say what to change."""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from domain.candles import Candles
from domain.times import from_ms

Check = Literal["source", "runs", "entries", "repeats", "ahead", "warm-up"]


class CheckSeries(NamedTuple):
    """Candles to check on. `is_market` is False of an edge that no market shows for long."""

    name: str
    candles: Candles
    is_market: bool = True


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why a strategy may not trade: what was seen, and what to do about it.

    `what` is the indicator, rule or method; `candle` counts from 1 within its series; `values` are
    what it gave and what it ought to have given.
    """

    check: Check
    says: str
    advice: str
    what: str = ""
    series: str | None = None
    candle: int | None = None
    opened_at: datetime | None = None
    values: tuple[str, ...] = ()
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.says} {self.advice}"


class Refused(Exception):
    """A strategy may not trade as it is."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt of a strategy that may trade.

    `warm_up` is in candles; `entries` and `exits` are what it said on the series of markets;
    `warnings` are what its author may want to know.
    """

    warm_up: int
    series: tuple[str, ...]
    candles: int
    entries: int
    exits: int
    warnings: tuple[str, ...]


class Spot(NamedTuple):
    """A candle of a series, by its open time (ms)."""

    series: CheckSeries
    open_time: int

    @property
    def candle(self) -> int:
        """Its number, counted from 1."""
        return int(np.searchsorted(self.series.candles.open_time, self.open_time)) + 1

    def __str__(self) -> str:
        opened = f"{from_ms(self.open_time):%Y-%m-%d %H:%M}"
        return f"{opened} (candle {self.candle} of `{self.series.name}`)"


def refused_at(
    spot: Spot, *, check: Check, what: str, says: str, advice: str, values: tuple[str, ...] = ()
) -> Refused:
    """A refusal for what was found at a candle."""
    return Refused(
        Finding(
            check=check,
            says=says,
            advice=advice,
            what=what,
            series=spot.series.name,
            candle=spot.candle,
            opened_at=from_ms(spot.open_time),
            values=values,
        )
    )


def shown(*numbers: float) -> tuple[str, ...]:
    """Numbers or flags as text, with as many digits as tell them apart."""
    texts = tuple(_shown(number, "%.12g") for number in numbers)
    return texts if len(set(texts)) > 1 else tuple(_shown(number, "%r") for number in numbers)


def _shown(number: float, digits: str) -> str:
    if isinstance(number, bool | np.bool_):
        return "true" if number else "false"
    return "no number" if np.isnan(number) else digits % float(number)
