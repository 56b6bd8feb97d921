"""What an operator wants scanned."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from domain.blocks import CONTEXT
from domain.markets import MarketRules
from domain.timeframes import Timeframe, timeframe
from domain.values import ZERO


@dataclass(frozen=True, slots=True)
class Universe:
    """Which markets of an exchange are scanned.

    `pairs` always; besides, markets in one of `quotes` that match a pattern of `allow` (`*/USDT`,
    `BTC/*`; none allows all) and none of `deny`, with at least `min_turnover` in the quote asset
    in 24 hours and `min_age_days` of daily candles. One that has joined stays until it is delisted
    or denied: a trade in it needs its candles.
    """

    pairs: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    min_turnover: Decimal = ZERO
    min_age_days: int = 0

    def keeps(self, rules: MarketRules) -> bool:
        """Whether a market that has joined stays."""
        return rules.pair in self.pairs or self._matches(rules)

    def _matches(self, rules: MarketRules) -> bool:
        if rules.quote not in self.quotes or _any(rules.pair, self.deny):
            return False
        return not self.allow or _any(rules.pair, self.allow)


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What to scan: which markets, and for each timeframe the warm-up in candles.

    A scan of some pairs only does not `close` periods: the others have not been asked. How long
    it waits for late candles is its `patience` (ms), at most half of a timeframe. One that
    `is_patient` leaves failing series alone for a while.
    """

    universe: Universe
    warm_up: Mapping[str, int]
    closes: bool = True
    patience: int = 20_000
    is_patient: bool = True

    @property
    def timeframes(self) -> list[Timeframe]:
        """Shorter ones first: at an equal close they are written first."""
        return sorted(map(timeframe, self.warm_up), key=lambda frame: frame.ms)

    def candles_before(self, frame: Timeframe) -> int:
        """Traded candles that a block needs before it, with those to judge holes by."""
        warm_up = self.warm_up[frame.name]
        return warm_up + CONTEXT if warm_up else 0

    def deadline(self, frame: Timeframe, close: int) -> int:
        """Until when (ms, the exchange's clock) a period waits for its candles."""
        return close + min(self.patience, frame.ms // 2)


def _any(pair: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(pair, pattern) for pattern in patterns)
