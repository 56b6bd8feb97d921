"""What the deployed strategies think when a period has closed, from windows kept in memory.

A window is a function of the tape as of the period's position: where it is not a plain append, it
is dropped and read again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from application.ports import MarketHistory
from domain.account.period import Failure, Opinion
from domain.account.state import Account, Deployment
from domain.blocks import Window, needed
from domain.candles import Candle, Candles, Series
from domain.market_facts import PeriodClosed
from domain.markets import chosen
from domain.strategies.evaluate import Compute, StrategyFailed, opinion
from domain.strategies.strategy import Parameter, Strategy
from domain.timeframes import timeframe
from domain.times import to_ms
from domain.values import exact

Row = tuple[Any, ...]
History = Callable[[str, str], MarketHistory]
Resolve = Callable[[str, str, Mapping[str, Parameter]], Strategy]
"""The strategy of a name, a source (its SHA-256) and parameters."""


class Deployed(NamedTuple):
    """A strategy that trades, and the candles that must lie before one that may signal."""

    strategy: Strategy
    warm_up: int


class PeriodCandles:
    """A period's candles by pair, made exact only for those that are asked for."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self.rows = rows

    def get(self, pair: str, /) -> Candle | None:
        """The exact candle of a pair, if it has one."""
        row = self.rows.get(pair)
        return None if row is None else Candle(row[0], *map(exact, row[1:]))


@dataclass(frozen=True, slots=True)
class PeriodOpinions:
    """A period's candles, and what the strategies of each account think of them."""

    candles: PeriodCandles
    by_account: Mapping[str, list[Opinion | Failure]]

    def of(self, account: Account) -> list[Opinion]:
        """What an account's strategies say about its pairs."""
        return [each for each in self.by_account[account.name] if isinstance(each, Opinion)]

    def failures_of(self, account: Account) -> list[Failure]:
        """Where the code of an account's strategies failed."""
        return [each for each in self.by_account[account.name] if isinstance(each, Failure)]


class Opinions:
    """Windows of all series that deployed strategies look at."""

    def __init__(self, history: History, compute: Compute, resolve: Resolve) -> None:
        self._history = history
        self._compute = compute
        self._resolve = resolve
        self._windows: dict[tuple[Series, int], Window] = {}
        self._resolved: dict[tuple[str, str, str], Strategy] = {}

    def forget(self, series: Series) -> None:
        """Read a series' windows again before they are used."""
        self._windows = {key: kept for key, kept in self._windows.items() if key[0] != series}

    def forget_pair(self, exchange: str, frame: str, pair: str) -> None:
        """The same, by names."""
        self.forget(Series(exchange, pair, frame))

    def at(
        self, closed: PeriodClosed, position: int, accounts: Sequence[Account]
    ) -> PeriodOpinions:
        """All opinions at a period's close, as of its position on the market tape."""
        frame = timeframe(closed.timeframe)
        open_time = to_ms(closed.at) - frame.ms
        rows = self._history(closed.exchange, closed.timeframe).at(open_time, position)
        asked = {
            account.name: [
                (each, pair)
                for each in self._deployed(account, closed.timeframe)
                for pair in chosen(account.pairs, rows)
            ]
            for account in accounts
        }
        wanted = {each: None for those in asked.values() for each in those}
        self._append(closed, rows, wanted)
        self._load(closed, open_time, position, wanted)
        said = {(each, pair): self._said(each, pair, closed, open_time) for each, pair in wanted}
        return PeriodOpinions(
            PeriodCandles(rows),
            {name: [it for key in those if (it := said.get(key))] for name, those in asked.items()},
        )

    def _said(
        self, each: Deployed, pair: str, closed: PeriodClosed, open_time: int
    ) -> Opinion | Failure | None:
        """What a strategy says of a market's candle, if that traded."""
        window = self._windows[Series(closed.exchange, pair, closed.timeframe), each.warm_up]
        if not len(window.candles) or window.candles.open_time[-1] != open_time:
            return None
        try:
            return opinion(each.strategy, pair, window, self._compute)
        except StrategyFailed as failed:
            return Failure(each.strategy.name, pair, str(failed))

    def _deployed(self, account: Account, frame: str) -> list[Deployed]:
        """The strategies that trade on an account in a timeframe, by name."""
        found = (each for each in account.strategies.values() if each.timeframe == frame)
        return [
            Deployed(self._strategy(each), each.warm_up)
            for each in sorted(found, key=lambda each: each.strategy)
            if each.warm_up is not None
        ]

    def _strategy(self, each: Deployment) -> Strategy:
        key = (each.strategy, each.source, repr(sorted(each.parameters.items())))
        if key not in self._resolved:
            self._resolved[key] = self._resolve(each.strategy, each.source, each.parameters)
        return self._resolved[key]

    def _append(
        self, closed: PeriodClosed, rows: Mapping[str, Row], wanted: Iterable[tuple[Deployed, str]]
    ) -> None:
        for each, pair in wanted:
            key = Series(closed.exchange, pair, closed.timeframe), each.warm_up
            if key in self._windows:
                self._windows[key].extend(_one(rows[pair]))

    def _load(
        self, closed: PeriodClosed, open_time: int, position: int,
        wanted: Iterable[tuple[Deployed, str]],
    ) -> None:  # fmt: skip
        """Read the windows that are not there, all pairs of a warm-up at once."""
        missing: dict[int, list[str]] = {}
        for each, pair in wanted:
            key = Series(closed.exchange, pair, closed.timeframe), each.warm_up
            if key not in self._windows and pair not in missing.get(each.warm_up, ()):
                missing.setdefault(each.warm_up, []).append(pair)
        history, frame = self._history(closed.exchange, closed.timeframe), closed.timeframe
        for warm_up, pairs in missing.items():
            found = history.traded(
                pairs, open_time, position, needed(open_time, timeframe(frame), warm_up)
            )
            for pair in pairs:
                window = Window(timeframe(frame), warm_up)
                window.reload(found[pair])
                self._windows[Series(closed.exchange, pair, frame), warm_up] = window


def _one(row: Row) -> Candles:
    """A row as a series of one."""
    numbers = (np.array([number], dtype=np.float64) for number in row[1:])
    return Candles(np.array([row[0]], dtype=np.int64), *numbers)
