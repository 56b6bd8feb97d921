"""Which candles came when a period that should have had them was closed already."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from application.ports import MarketHistory
from application.replay.closes import Closes
from application.replay.recorded import Came, Part, Periods
from domain.candles import Candle
from domain.timeframes import Timeframe

Late = dict[int, set[int]]
"""The numbers of markets whose candles came late or were revised, by the next period's place."""


class Lateness:
    """One timeframe's, followed from part to part; `has_closed`: a period has closed before."""

    def __init__(self, frame: Timeframe, *, has_closed: bool) -> None:
        self._length = frame.ms
        self._has_closed = has_closed
        self._waiting: dict[int, int] = {}  # oldest open times of what no period has followed yet

    def take(self, part: Part) -> Late:
        """The late ones of a part and of what waited before it."""
        periods, came = part
        found: Late = {}
        if len(periods.position):
            self._take_waiting(periods, found)
        numbers = np.searchsorted(periods.position, came.position)
        self._take_followed(periods, came, numbers, found)
        self._let_wait(came, numbers == len(periods.position))
        self._has_closed = self._has_closed or bool(len(periods.position))
        return found

    def _take_waiting(self, periods: Periods, found: Late) -> None:
        first = int(periods.close[0]) - self._length
        late = {market for market, opened in self._waiting.items() if opened < first}
        self._waiting = {}
        if late and self._has_closed:
            found[int(periods.position[0])] = late

    def _take_followed(
        self, periods: Periods, came: Came, numbers: np.ndarray, found: Late
    ) -> None:
        first = 0 if self._has_closed else 1
        rows = np.flatnonzero((numbers >= first) & (numbers < len(periods.position)))
        followed_by = numbers[rows]
        is_late = came.open_time[rows] < periods.close[followed_by] - self._length
        places = periods.position[followed_by[is_late]].tolist()
        for place, market in zip(places, came.market[rows[is_late]].tolist(), strict=True):
            found.setdefault(place, set()).add(market)

    def _let_wait(self, came: Came, waits: np.ndarray) -> None:
        waiting = zip(came.market[waits].tolist(), came.open_time[waits].tolist(), strict=True)
        for market, opened in waiting:
            self._waiting[market] = min(opened, self._waiting.get(market, opened))


class LateCandles(Mapping[int, Sequence[tuple[str, Candle]]]):
    """The late candles themselves by the place of the period they came before; read if asked for.

    All by timeframe: the histories, the closes of a stretch, and what is late on the tape.
    """

    def __init__(
        self, histories: Mapping[str, MarketHistory], closes: Mapping[str, Closes],
        late: Mapping[str, Late],
    ) -> None:  # fmt: skip
        self._histories = histories
        self._closes = closes
        self._frames = {
            place: name
            for name, each in closes.items()
            for place in each.places[:1]  # a stretch begins wherever candles come late
            if place in late[name]
        }
        self._read: dict[int, Sequence[tuple[str, Candle]]] = {}

    def __getitem__(self, place: int) -> Sequence[tuple[str, Candle]]:
        if place not in self._read:
            name = self._frames[place]
            close = self._closes[name].at[0]
            opened = close - self._closes[name].frame.ms
            self._read[place] = self._histories[name].late(close, opened, place, 0)
        return self._read[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)
