"""Timeframes: spans that cut market time into periods."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache

MINUTE = 60_000
_UNITS = {"m": MINUTE, "h": 60 * MINUTE, "d": 1_440 * MINUTE, "w": 10_080 * MINUTE}
_COUNT = re.compile("[1-9][0-9]*")  # one name for each timeframe: 01h is not 1h
_MONDAY = 4 * _UNITS["d"]  # 1970-01-01 was a Thursday; weeks open on Mondays.


class UnknownTimeframe(ValueError):
    """A timeframe is a whole number and one of m, h, d, w, such as 1m, 15m, 4h, 1d or 1w."""


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A span between two closes. `ms` is its length; `anchor` the open of some period."""

    name: str
    ms: int
    anchor: int = 0

    @property
    def span(self) -> timedelta:
        """Its length."""
        return span_of(self.name)

    def open_of(self, moment: int) -> int:
        """The open time of the period that holds `moment` (ms)."""
        return moment - (moment - self.anchor) % self.ms

    def __str__(self) -> str:
        return self.name


@cache
def timeframe(name: str) -> Timeframe:
    """The timeframe of that name; raises UnknownTimeframe."""
    count, unit = name[:-1], name[-1:]
    if not _COUNT.fullmatch(count) or unit not in _UNITS:
        raise UnknownTimeframe(f"{name!r} is not a timeframe. {UnknownTimeframe.__doc__}")
    return Timeframe(name, int(count) * _UNITS[unit], _MONDAY if unit == "w" else 0)


@lru_cache(maxsize=256)
def span_of(name: str, periods: int = 1) -> timedelta:
    """The length of so many periods of a timeframe; raises UnknownTimeframe."""
    return periods * timedelta(milliseconds=timeframe(name).ms)
