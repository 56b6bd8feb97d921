"""An exchange in memory, whose clock is set by hand: for tests of what asks an exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adapters.exchanges.forming import forming
from application.ports import ExchangeRefused, ExchangeTraits, ExchangeUnavailable
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import Timeframe


class FakeExchange:
    """Serves the given final candles, by `(pair, timeframe)`, as far as `now` (ms) lets it.

    Set `now` to move its clock, `away` to make every call raise ExchangeUnavailable. `asked`
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
        self.traits = ExchangeTraits()
        self.turnovers: dict[str, Decimal] = {}
        self.away = False
        self.asked: list[tuple[str, str, int, int]] = []

    @property
    def name(self) -> str:
        return self._name

    async def time(self) -> int:
        self._answer()
        return self.now

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
        if all(rules.pair != pair for rules in self.rules):
            raise ExchangeRefused(f"{self._name} has no market {pair}")
        series = self.series.get((pair, timeframe.name), [])
        seen = [candle for candle in series if since <= candle.open_time <= self.now]
        return [self._as_seen(candle, timeframe) for candle in seen[:limit]]

    async def close(self) -> None:
        """Nothing is held open."""

    def _answer(self) -> None:
        if self.away:
            raise ExchangeUnavailable(f"{self._name} is away")

    def _as_seen(self, candle: Candle, timeframe: Timeframe) -> Candle:
        elapsed = self.now - candle.open_time
        return candle if elapsed >= timeframe.ms else forming(candle, elapsed / timeframe.ms)
