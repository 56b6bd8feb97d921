"""Which markets there are: new ones listed, changed rules, vanished ones delisted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from application.ports import (
    Attempt,
    AttemptLog,
    Exchange,
    ExchangeError,
    ExchangeSaysWait,
    ExchangeUnavailable,
    ScanMemory,
)
from application.scanning.downloads import kind_of
from application.scanning.plan import Universe
from domain.facts import Fact
from domain.market_facts import MarketDelisted, MarketListed, MarketRulesChanged
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import from_ms

DAY = timeframe("1d")
FEW = 2
"""So many markets may vanish at once, or half of them, before the answer is not believed."""

Offered = Mapping[str, MarketRules]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at an exchange's markets came to: the facts, and explicit pairs not offered."""

    facts: list[Fact]
    offered: int
    not_offered: list[str]


class Listings:
    """Looks at the markets of one exchange for a universe."""

    def __init__(
        self, exchange: Exchange, memory: ScanMemory, universe: Universe, log: AttemptLog
    ) -> None:
        self._exchange = exchange
        self._log = log
        self._memory = memory
        self._universe = universe

    async def look(self, now: int) -> Looked:
        """What changed since it was last looked at. Raises ExchangeError."""
        listed = self._memory.listed()
        offered = await self._offered()
        vanished = sorted(pair for pair in self._kept(listed) if pair not in offered)
        if vanished:
            vanished = await self._confirmed(vanished, len(listed))
        joining = await self._joining(offered, listed, now)
        return Looked(
            facts=[
                *(_listing(offered[pair], now) for pair in joining),
                *_changed(listed, offered, now),
                *(_delisting(self._exchange.name, pair, now) for pair in vanished),
            ],
            offered=len(offered),
            not_offered=[pair for pair in self._universe.pairs if pair not in offered],
        )

    def _kept(self, listed: Offered) -> list[str]:
        return [pair for pair, rules in listed.items() if self._universe.keeps(rules)]

    async def _offered(self) -> Offered:
        return {rules.pair: rules for rules in await self._exchange.markets()}

    async def _confirmed(self, vanished: Sequence[str], listed: int) -> list[str]:
        """Those that are not there in a second look either; an answer cut short delists nobody."""
        again = await self._offered()
        gone = [pair for pair in vanished if pair not in again]
        if len(gone) > max(FEW, listed // 2):
            raise ExchangeUnavailable(
                f"{len(gone)} of {listed} markets vanished at once: its list must be cut short"
            )
        return gone

    async def _joining(self, offered: Offered, listed: Offered, now: int) -> list[str]:
        """New markets that the universe wants, in order of pair."""
        wanted = self._universe
        candidates = [
            pair for pair, rules in sorted(offered.items())
            if pair not in listed and wanted.keeps(rules)
        ]  # fmt: skip
        filtered = [pair for pair in candidates if pair not in wanted.pairs]
        if filtered and wanted.min_turnover:
            turnover = await self._exchange.turnover()
            low = {p for p in filtered if turnover.get(p, Decimal(0)) < wanted.min_turnover}
            filtered = [pair for pair in filtered if pair not in low]
        if wanted.min_age_days:
            filtered = [pair for pair in filtered if await self._is_old_enough(pair, now)]
        return [pair for pair in candidates if pair in wanted.pairs or pair in filtered]

    async def _is_old_enough(self, pair: str, now: int) -> bool:
        """Whether it had a daily candle so many days ago; not yet, where it cannot be read."""
        born = DAY.open_of(now) - self._universe.min_age_days * DAY.ms
        try:
            first = await self._exchange.candles(pair, DAY, born, 1)
        except ExchangeSaysWait:
            raise
        except ExchangeError as error:
            self._log.note(Attempt("candles", kind_of(error), str(error), pair, DAY.name))
            return False
        return bool(first) and first[0].open_time <= born


def _listing(rules: MarketRules, now: int) -> MarketListed:
    return MarketListed(at=from_ms(now), **_fields(rules))


def _changed(listed: Offered, offered: Offered, now: int) -> Iterator[MarketRulesChanged]:
    for pair, rules in sorted(listed.items()):
        if pair in offered and offered[pair] != rules:
            yield MarketRulesChanged(at=from_ms(now), **_fields(offered[pair]))


def _delisting(exchange: str, pair: str, now: int) -> MarketDelisted:
    return MarketDelisted(from_ms(now), exchange, pair, "not offered for trading any more")


def _fields(rules: MarketRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in rules.__struct_fields__}
