"""What the deployed strategies think when a period has closed, from windows kept in memory.

A window is a function of the tape as of the period's position: where it is not a plain append, it
is dropped and read again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from application.ports import MarketHistory
from domain.account.period import Opinion
from domain.account.state import Account, Deployment
from domain.blocks import Window, candles_needed
from domain.candles import Candle, Candles, Series
from domain.market_facts import PeriodClosed
from domain.markets import chosen
from domain.strategies import strategy
from domain.strategies.evaluate import Compute, opinion
from domain.strategies.strategy import Strategy
from domain.timeframes import timeframe
from domain.times import to_ms
from domain.values import exact

Row = tuple[Any, ...]
History = Callable[[str, str], MarketHistory]


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
    """A period's candles, and what each strategy thinks of them."""

    candles: PeriodCandles
    timeframe: str
    said: Mapping[tuple[Strategy, str], Opinion]

    def of(self, account: Account) -> list[Opinion]:
        """What an account's strategies say about its pairs."""
        return [
            self.said[wanted, pair]
            for wanted in deployed(account, self.timeframe)
            for pair in chosen(account.pairs, self.candles.rows)
            if (wanted, pair) in self.said
        ]


class Opinions:
    """Windows of all series that deployed strategies look at."""

    def __init__(self, history: History, compute: Compute) -> None:
        self._history = history
        self._compute = compute
        self._windows: dict[tuple[Series, int], Window] = {}

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
        wanted = {
            (each, pair): None
            for account in accounts
            for each in deployed(account, closed.timeframe)
            for pair in chosen(account.pairs, rows)
        }
        self._append(closed, rows, wanted)
        self._load(closed, open_time, position, wanted)
        said = {}
        for each, pair in wanted:
            window = self._windows[Series(closed.exchange, pair, closed.timeframe), each.warm_up]
            thought = opinion(each, pair, window, self._compute)
            if thought is not None:
                said[each, pair] = thought
        return PeriodOpinions(PeriodCandles(rows), closed.timeframe, said)

    def _append(
        self, closed: PeriodClosed, rows: Mapping[str, Row],
        wanted: Iterable[tuple[Strategy, str]],
    ) -> None:  # fmt: skip
        for each, pair in wanted:
            key = Series(closed.exchange, pair, closed.timeframe), each.warm_up
            if key in self._windows:
                self._windows[key].extend(_one(rows[pair]))

    def _load(
        self, closed: PeriodClosed, open_time: int, position: int,
        wanted: Iterable[tuple[Strategy, str]],
    ) -> None:  # fmt: skip
        """Read the windows that are not there, all pairs of a warm-up at once."""
        missing: dict[int, list[str]] = {}
        for each, pair in wanted:
            key = Series(closed.exchange, pair, closed.timeframe), each.warm_up
            if key not in self._windows and pair not in missing.get(each.warm_up, ()):
                missing.setdefault(each.warm_up, []).append(pair)
        history = self._history(closed.exchange, closed.timeframe)
        for warm_up, pairs in missing.items():
            found = history.newest(pairs, open_time, position, candles_needed(warm_up))
            for pair in pairs:
                window = Window(timeframe(closed.timeframe), warm_up)
                window.reload(found[pair])
                series = Series(closed.exchange, pair, closed.timeframe)
                self._windows[series, warm_up] = window


def deployed(account: Account, frame: str) -> list[Strategy]:
    """The strategies that trade on an account in a timeframe, by name."""
    return [
        strategy(deployment.strategy, deployment.parameters)
        for deployment in _in_timeframe(account, frame)
    ]


def _in_timeframe(account: Account, frame: str) -> list[Deployment]:
    found = (each for each in account.strategies.values() if each.timeframe == frame)
    return sorted(found, key=lambda each: each.strategy)


def _one(row: Row) -> Candles:
    """A row as a series of one."""
    numbers = (np.array([number], dtype=np.float64) for number in row[1:])
    return Candles(np.array([row[0]], dtype=np.int64), *numbers)
