"""One history in memory, on which a combination of parameters is tried."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from application.backtest import Outcome, Recorded, Span, Tick, go_on
from application.plans import AccountPlan
from application.replay.closes import derived
from application.replay.lane import Chapter
from application.sweeping.space import Combination
from application.sweeping.tried import Candidate, Figures, Tried
from domain.account.facts import StrategyFailed, TradeClosed
from domain.account.state import Account
from domain.candles import Candles, Floats, Times
from domain.markets import MarketRules
from domain.performance.curve import EquityCurve
from domain.performance.marking import curve_of, last_closes
from domain.performance.returns import Returns, returns_of
from domain.performance.summary import plain
from domain.performance.tally import Tally, tally_of
from domain.strategies.evaluate import Compute
from domain.timeframes import timeframe
from domain.times import from_ms


class Refused(ValueError):
    """The strategy or the account refuses this combination; the message says why."""


class Configured(NamedTuple):
    """What a combination of parameters makes of the account and of the markets' rules."""

    plan: AccountPlan
    rules: Mapping[str, MarketRules]


Configure = Callable[[Combination], Configured]
"""Raises Refused."""


class Bench:
    """The candles of an exchange, by timeframe and pair, and what is made of a combination."""

    def __init__(
        self, exchange: str, candles: Mapping[str, Mapping[str, Candles]], configure: Configure,
        compute: Compute, tick: Tick = lambda: None,
    ) -> None:  # fmt: skip
        self._exchange = exchange
        self._candles = candles
        self._configure = configure
        self._compute = compute
        self._tick = tick

    def tried(self, candidate: Candidate) -> Tried:
        """What comes of a candidate whose account begins with its first close."""
        number, since, until, parameters = candidate
        try:
            configured = self._configure(parameters)
        except Refused as error:
            return Tried(number, dict(parameters), refused=str(error))
        outcome = Outcome(configured.plan, Account(configured.plan.name))
        self.live(outcome, configured.rules, since, until)
        trades, curve = closed_trades(outcome.chapters), self.curve(outcome, since, until)
        figures = figures_of(trades, curve, configured.plan.capital, since, until)
        figures["open_trades"] = len(outcome.account.trades)
        return Tried(number, dict(parameters), figures, failure=failure_of(outcome))

    def configured(self, parameters: Combination) -> Configured:
        """What a combination asks for; raises Refused."""
        return self._configure(parameters)

    def live(
        self, outcome: Outcome, rules: Mapping[str, MarketRules], since: int, until: int
    ) -> None:
        """Let an account live on, by its plan, through the closes behind `since` up to `until`.

        Of later candles nothing is seen.
        """
        seen = {name: self._until(name, until) for name in self._candles}
        recorded = Recorded(self._exchange, rules, [Span(seen, since, until)])
        planned = {each.strategy.name: each.strategy for each in outcome.plan.strategies}
        go_on([outcome], recorded, self._compute, lambda name, *_: planned[name], self._tick)

    def curve(self, outcome: Outcome, since: int, until: int) -> EquityCurve:
        """The equity of an account at its closes behind `since` up to `until` (ms)."""
        name = outcome.plan.timeframe
        times = np.asarray(derived([timeframe(name)], since, until)[name].at)
        told = [(chapter.close, chapter.facts) for chapter in outcome.chapters]
        closes = {
            pair: _closes(each, timeframe(name).ms, times)
            for pair, each in self._candles[name].items()
        }
        return curve_of(told, closes, times, outcome.plan.capital)

    def _until(self, name: str, until: int) -> dict[str, Candles]:
        """The candles of a timeframe that have closed by then."""
        last = until - timeframe(name).ms
        return {
            pair: each[: int(np.searchsorted(each.open_time, last, side="right"))]
            for pair, each in self._candles[name].items()
        }


def figures_of(
    trades: Sequence[TradeClosed], curve: EquityCurve, capital: Decimal, since: int, until: int
) -> Figures:
    """What is measured of closed trades and a curve that began with `capital` at `since` (ms)."""
    first, last = from_ms(since), from_ms(until)
    returns = returns_of(curve, capital=capital, first=first, last=last)
    return {
        name: figure
        for each in (returns, tally_of(trades))
        for name, figure in _numbers(each)
        if name != "monthly_returns"
    }


def closed_trades(chapters: Sequence[Chapter]) -> list[TradeClosed]:
    """The trades that were closed, in that order."""
    facts = (fact for chapter in chapters for fact in chapter.facts)
    return [fact for fact in facts if type(fact) is TradeClosed]


def failure_of(outcome: Outcome) -> str | None:
    """What the strategy's own code first failed with."""
    facts = (fact for chapter in outcome.chapters for fact in chapter.facts)
    failed = next((fact for fact in facts if type(fact) is StrategyFailed), None)
    return None if failed is None else f"{failed.strategy} failed in {failed.pair}: {failed.error}"


def _numbers(measured: Returns | Tally) -> Iterator[tuple[str, int | float | str | None]]:
    """All that is one number, under its name."""
    for name in measured.__struct_fields__:
        figure = plain(getattr(measured, name))
        if figure is None or isinstance(figure, int | float | str):
            yield name, figure


def _closes(candles: Candles, length: int, times: Times) -> Floats:
    """The last close known at each time (ms), of candles so long (ms)."""
    closed_at = candles.open_time + length
    begin, end = np.searchsorted(closed_at, times[[0, -1]], side="right")
    known = slice(max(int(begin) - 1, 0), int(end))
    return last_closes(closed_at[known], candles.close[known], times)
