"""An exchange in memory, whose clock is set by hand: for tests of what asks an exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adapters.exchanges.forming import forming
from application.ports import (
    ExchangeRefused,
    ExchangeSaysWait,
    ExchangeTraits,
    ExchangeUnavailable,
)
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import Timeframe

Place = tuple[str, str, int]
"""A candle by pair, timeframe and open time (ms)."""


class FakeExchange:
    """Serves the given final candles, by `(pair, timeframe)`, as far as `now` (ms) lets it.

    Set `now` to move its clock, `ahead` (ms) to let it tell a wrong one. `away` makes every call
    raise ExchangeUnavailable, `away_for` those for the candles of some pairs, `clock_away` that
    for the time, `wait` (seconds) every call raise ExchangeSaysWait. A candle in `late` cannot be
    seen from its close until that moment, one in `restated` looks otherwise until it. `asked`
    lists the calls for candles as `(pair, timeframe, since, limit)`.
    """

    def __init__(
        self,
        name: str,
        rules: Sequence[MarketRules],
        candles: Mapping[tuple[str, str], Sequence[Candle]],
        now: int = 0,
    ) -> None:
        self._name = name
        self.rules = list(rules)
        self.series = {key: sorted(series) for key, series in candles.items()}
        self.now = now
        self.ahead = 0
        self.traits = ExchangeTraits()
        self.turnovers: dict[str, Decimal] = {}
        self.away = False
        self.away_for: set[str] = set()
        self.clock_away = False
        self.wait: float | None = None
        self.late: dict[Place, int] = {}
        self.restated: dict[Place, tuple[int, Candle]] = {}
        self.asked: list[tuple[str, str, int, int]] = []

    @property
    def name(self) -> str:
        return self._name

    async def time(self) -> int:
        self._answer()
        if self.clock_away:
            raise ExchangeUnavailable(f"{self._name} tells no time")
        return self.now + self.ahead

    async def markets(self) -> Sequence[MarketRules]:
        self._answer()
        return sorted(self.rules, key=lambda rules: rules.pair)

    async def turnover(self) -> Mapping[str, Decimal]:
        self._answer()
        return dict(self.turnovers)

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        self.asked.append((pair, timeframe.name, since, limit))
        self._answer()
        if pair in self.away_for:
            raise ExchangeUnavailable(f"{pair} is away")
        if all(rules.pair != pair for rules in self.rules):
            raise ExchangeRefused(f"{self._name} has no market {pair}")
        series = self.series.get((pair, timeframe.name), [])
        times = [each for each in series if since <= each.open_time <= self.now]
        seen = (self._as_seen(pair, each, timeframe) for each in times)
        return [candle for candle in seen if candle is not None][:limit]

    async def close(self) -> None:
        """Nothing is held open."""

    def _answer(self) -> None:
        if self.wait is not None:
            raise ExchangeSaysWait(f"{self._name} wants to be left alone", self.wait)
        if self.away:
            raise ExchangeUnavailable(f"{self._name} is away")

    def _as_seen(self, pair: str, candle: Candle, timeframe: Timeframe) -> Candle | None:
        elapsed = self.now - candle.open_time
        if elapsed < timeframe.ms:
            return forming(candle, elapsed / timeframe.ms)
        place = (pair, timeframe.name, candle.open_time)
        if self.now < self.late.get(place, 0):
            return None
        until, other = self.restated.get(place, (0, candle))
        return other if self.now < until else candle


class FakePace:
    """Moves a fake exchange's clock to where it is waited for.

    `wall_ahead` (ms) is how far our own clock is ahead of the exchange's true one; None: it has
    nothing to do with it. `stop_at` is the moment (ms) of that clock when we are told to stop.
    """

    def __init__(self, exchange: FakeExchange, *, wall_ahead: int | None = None) -> None:
        self._exchange = exchange
        self.wall_ahead = wall_ahead
        self.stop_at: int | None = None
        self.waits = 0

    @property
    def stopped(self) -> bool:
        """Whether we were told to stop."""
        return self.stop_at is not None and self._exchange.now >= self.stop_at

    def wall(self) -> int | None:
        """Our own clock (ms), where it is meant to agree."""
        return None if self.wall_ahead is None else self._exchange.now + self.wall_ahead

    async def until(self, moment: int, now: int, spent: float) -> bool:  # noqa: ARG002
        """Let as much time pass as lies between; False when told to stop."""
        self.waits += 1
        self._exchange.now += max(0, moment - now)
        return not self.stopped
