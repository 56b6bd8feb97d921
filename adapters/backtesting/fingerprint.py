"""A SHA-256 over candles: equal for equal ones, in whatever pieces and order of markets they come.

A digest for each series and column, of its numbers as eight bytes each, lowest first; then one over
those of all series in the order of their names, each with the series' timeframe, pair and length.
"""

import hashlib
from collections.abc import Mapping

import numpy as np

from domain.candles import Candles


class Fingerprint:
    """Takes in the candles of series, each series' in time order; those it has are passed over."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], _Series] = {}

    @property
    def candles(self) -> int:
        """How many it has taken in."""
        return sum(each.length for each in self._series.values())

    def longest(self, timeframe: str) -> int:
        """How many it has taken in of the longest series of a timeframe."""
        of_frame = [each.length for key, each in self._series.items() if key[0] == timeframe]
        return max(of_frame, default=0)

    def take(self, candles: Mapping[str, Mapping[str, Candles]]) -> None:
        """Take in candles by timeframe and pair."""
        for frame, by_pair in candles.items():
            for pair, each in by_pair.items():
                self._series.setdefault((frame, pair), _Series()).take(each)

    def hexdigest(self) -> str:
        """The digest of all that was taken in; series without candles do not count."""
        whole = hashlib.sha256()
        for (frame, pair), series in sorted(self._series.items()):
            if series.length:
                whole.update(f"{frame}\n{pair}\n{series.length}\n".encode())
                whole.update(series.digest())
        return whole.hexdigest()


class _Series:
    def __init__(self) -> None:
        self.length = 0
        self._newest = -1
        self._columns = {name: hashlib.sha256() for name in Candles.__slots__}

    def take(self, candles: Candles) -> None:
        first = int(candles.open_time.searchsorted(self._newest, side="right"))
        if first == len(candles):
            return
        self.length += len(candles) - first
        self._newest = int(candles.open_time[-1])
        for name, digest in self._columns.items():
            column = getattr(candles, name)[first:]
            little = np.ascontiguousarray(column, column.dtype.newbyteorder("<"))
            digest.update(little.data)

    def digest(self) -> bytes:
        return b"".join(digest.digest() for digest in self._columns.values())
