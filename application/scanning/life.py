"""Whether an exchange lives, by its clock and its candles."""

from collections.abc import Iterator, Sequence

from application.ports import Exchange, ExchangeUnavailable, ScanMemory
from application.scanning.failures import HOUR
from application.scanning.reading import Came
from application.scanning.stalls import Stalls, dead_since
from domain.facts import Fact
from domain.gaps import SEEN
from domain.timeframes import Timeframe
from domain.times import from_ms


class Life:
    """The signs of life of one exchange, and its stalls as facts."""

    def __init__(
        self, exchange: Exchange, memory: ScanMemory, timeframes: Sequence[Timeframe]
    ) -> None:
        self._exchange = exchange
        self._memory = memory
        self._timeframes = timeframes
        self._stalls = Stalls(memory, exchange.name)
        self._last_seen: int | None = None

    def last_seen(self) -> int | None:
        """The last clock (ms) of the exchange that periods were closed by."""
        if self._last_seen is None:
            periods = [self._memory.last_period(frame.name) for frame in self._timeframes]
            self._last_seen = max((each.seen_at for each in periods if each), default=None)
        return self._last_seen

    def saw(self, seen_at: int | None) -> None:
        """Periods were closed by this clock; None: none was."""
        self._last_seen = self.last_seen() if seen_at is None else seen_at

    def refuse_time_travel(self, now: int, wall: int | None) -> None:
        """A clock that is hours off says nothing of when a period was seen.

        Raises ExchangeUnavailable. `wall` is our own clock, if theirs should agree with it.
        """
        last, says = self.last_seen(), f"its clock says {from_ms(now).isoformat()}"
        if last is not None and now < last - HOUR:
            raise ExchangeUnavailable(f"{says}, and once said {from_ms(last).isoformat()}")
        if wall is not None and abs(now - wall) > HOUR:
            raise ExchangeUnavailable(f"{says}, ours {from_ms(wall).isoformat()}")

    def stalls(self, reason: str) -> Iterator[Fact]:
        """It does not answer."""
        return self._stalls.begin(self.last_seen(), reason)

    def stands_still(
        self, frame: Timeframe, pairs: Sequence[str], now: int, shown: int
    ) -> Iterator[Fact]:
        """Its clock runs ahead of all candles: a stall, unless such quiet is usual here."""
        is_usual = not self._exchange.traits.quiet_candles
        newest = self._memory.newest(frame.name, pairs, now, 2 * SEEN) if is_usual else {}
        if is_usual and dead_since(newest, frame, now) is None:
            return
        candle = from_ms(max(shown, 0)).isoformat()
        yield from self.stalls(
            f"its clock says {from_ms(now).isoformat()}, "
            f"but it shows no candle that opens after {candle}"
        )

    def traded(
        self, frame: Timeframe, close: int, pairs: Sequence[str], came: Sequence[Came], now: int
    ) -> Iterator[Fact]:
        """A period closed: it lives, unless no market traded where somebody should have."""
        opened = close - frame.ms
        if not any(each.traded_at(opened) for each in came):
            newest = self._memory.newest(frame.name, pairs, opened, 2 * SEEN)
            dead = dead_since(newest, frame, close)
            if dead is not None:
                yield from self.stalls(f"no market has traded since {dead.isoformat()}")
                return
        yield from self._stalls.end(now)
