"""All that the tape ever said of a series' candles: first values and revised ones."""

from dataclasses import dataclass

from domain.candles import Candles, Times


@dataclass(frozen=True, slots=True)
class CandleVersions:
    """Candles with their places on the tape, sorted by open time, then by position.

    A revised candle stands there once for each of its values; `superseded_by` is the position of
    the next of them, 0 where there is none.
    """

    candles: Candles
    position: Times
    superseded_by: Times

    def __len__(self) -> int:
        return len(self.position)

    def as_of(self, position: int) -> Candles:
        """The candles as they were known at a position: each once."""
        is_known = self.position <= position
        is_newest = (self.superseded_by == 0) | (self.superseded_by > position)
        return self.candles.where(is_known & is_newest)
