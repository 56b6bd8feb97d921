"""What lies behind a difference: the candle of its market, and what indicators said there."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import msgspec
import numpy as np

from application.opinions import Resolve
from application.replay.recorded import ClosedAt
from application.verifying.difference import Difference, Evidence
from application.verifying.recorded import WitnessedMarket
from domain.account.state import Account, Deployment
from domain.blocks import Window, needed
from domain.candles import Candle
from domain.strategies.evaluate import Compute, StrategyFailed, values_of
from domain.timeframes import timeframe
from domain.values import exact

_NUMBERS = ("open", "high", "low", "close", "volume")


class Evidences:
    """Looks for them on the market tape, as of the period."""

    def __init__(self, market: WitnessedMarket, compute: Compute, resolve: Resolve) -> None:
        self._market = market
        self._compute = compute
        self._resolve = resolve

    def of(self, found: Difference, account: Account) -> Evidence:
        """Nothing where it is not about a market at a period's close."""
        if found.closed is None or found.pair is None:
            return Evidence()
        closed, pair = found.closed, found.pair
        candle = self._candle(closed, pair)
        told = None if candle is None else self._told_otherwise(closed, pair, candle)
        hints = () if told is None else ("the candle table differs from the candle's own event",)
        indicators = dict(self._indicators(closed, pair, account))
        numbers = None if candle is None else dict(zip(_NUMBERS, candle[1:], strict=True))
        return Evidence(numbers, told, indicators, hints)

    def _candle(self, closed: ClosedAt, pair: str) -> Candle | None:
        history = self._market.history(closed.timeframe)
        row = history.at(_open_of(closed), closed.position).get(pair)
        return None if row is None else Candle(row[0], *map(exact, row[1:]))

    def _told_otherwise(
        self, closed: ClosedAt, pair: str, candle: Candle
    ) -> dict[str, object] | None:
        state = self._market.candle_as_told(
            pair, closed.timeframe, candle.open_time, closed.position
        )
        said = {} if state is None else msgspec.json.decode(state)
        told = {name: said.get(name) for name in _NUMBERS}
        is_same = all(_is(told[name], getattr(candle, name)) for name in _NUMBERS)
        return None if is_same else told

    def _indicators(
        self, closed: ClosedAt, pair: str, account: Account
    ) -> Iterator[tuple[str, dict[str, float]]]:
        for each in account.strategies.values():
            if each.timeframe == closed.timeframe and each.warm_up is not None:
                yield each.strategy, self._values(closed, pair, each, each.warm_up)

    def _values(
        self, closed: ClosedAt, pair: str, each: Deployment, warm_up: int
    ) -> dict[str, float]:
        frame, opened = timeframe(each.timeframe), _open_of(closed)
        wanted = needed(opened, frame, warm_up)
        found = self._market.history(frame.name).traded([pair], opened, closed.position, wanted)
        window = Window(frame, warm_up)
        window.reload(found[pair])
        strategy = self._resolve(each.strategy, each.source, each.parameters)
        try:
            values = values_of(strategy, window.candles, frame, self._compute)
        except StrategyFailed:
            return {}
        newest = {name: column[-1:] for name, column in values.items()}
        return {name: float(each[0]) for name, each in newest.items() if np.isfinite(each).any()}


def _open_of(closed: ClosedAt) -> int:
    return closed.close - timeframe(closed.timeframe).ms


def _is(text: object, number: Decimal) -> bool:
    try:
        return Decimal(str(text)) == number
    except InvalidOperation:
        return False
