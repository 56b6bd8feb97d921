"""What an operator wants traded: the configuration as the application takes it."""

from dataclasses import dataclass
from decimal import Decimal

from domain.account.terms import USUAL_TERMS, Terms
from domain.strategies.strategy import Strategy


@dataclass(frozen=True, slots=True)
class StrategyPlan:
    """A strategy on an account; `source` is the SHA-256 of its code.

    `warm_up` candles must lie before one that may signal.
    """

    strategy: Strategy
    timeframe: str
    source: str
    warm_up: int


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """A paper account; `stake` means what `terms.sizing` says."""

    name: str
    exchange: str
    quote: str
    capital: Decimal
    stake: Decimal
    max_open_trades: int
    timeframe: str
    pairs: tuple[str, ...]
    strategies: tuple[StrategyPlan, ...]
    terms: Terms = USUAL_TERMS
