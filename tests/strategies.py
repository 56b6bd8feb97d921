"""Strategies as trading meets them, for tests."""

from pathlib import Path

from adapters.indicators.engine import warm_up
from adapters.strategies.library import Library
from application.plans import StrategyPlan
from domain.strategies.strategy import Strategy
from domain.timeframes import timeframe

resolve = Library(Path("strategies")).resolve


def planned(strategy: Strategy, frame: str, source: str) -> StrategyPlan:
    """A strategy as it is configured."""
    return StrategyPlan(strategy, frame, source, candles_of_warm_up(strategy, frame))


def candles_of_warm_up(strategy: Strategy, frame: str = "1h") -> int:
    """The candles that must lie before one that may signal."""
    return strategy.warm_up(timeframe(frame), warm_up)
