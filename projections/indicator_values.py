"""Computes the indicator values of each period, outside of any transaction.

What is computed for a period is a function of the tapes as of its position: windows kept in memory
are read anew where a late or revised candle has changed them.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import LiteralString, Protocol

import numpy as np
from psycopg.rows import scalar_row

from domain.blocks import LateCandle, Needed, Window, needed
from domain.candles import Candles, Floats
from domain.facts import decode
from domain.market_facts import CandleRevised, PeriodClosed
from domain.markets import chosen
from domain.strategies.evaluate import StrategyFailed, values_of
from domain.strategies.strategy import Indicator
from domain.timeframes import Timeframe, timeframe
from domain.times import to_ms
from projections.deployments import Deployed, Deployments, Resolve
from projections.indicators import Values, write
from projections.page import Cursor, Page, Row
from projections.queries import Connection

Compute = Callable[[Indicator, Candles], Floats]
Placement = Callable[[Indicator], str]
"""Where a chart draws an indicator: "" is over the prices, another is the title of a panel."""


class CandleReader(Protocol):
    """The candles of one exchange and timeframe, as of a position on the market tape."""

    def traded(
        self, pairs: Sequence[str], until: int, as_of: int, wanted: Needed
    ) -> dict[str, Candles]:
        """The candles wanted of each pair, quiet ones left out, with open time <= `until` (ms)."""
        ...

    def at(self, open_time: int, as_of: int) -> Mapping[str, object]:
        """What the period has of each pair with a candle."""
        ...

    def disturbed(self, closed_at: int, open_time: int, as_of: int) -> Set[str]:
        """Pairs with a candle before this period that came after the last one had closed."""
        ...


@dataclass(slots=True)
class _Windows:
    """The windows of a deployment, as of the period that closed at `closed_at` (ms)."""

    closed_at: int = 0
    by_pair: dict[str, Window] = field(default_factory=dict)


class IndicatorValues:
    """Prepares pages of periods, never beyond what trading has handled, and writes the values.

    `candles` gives the reader of an exchange and timeframe. Not for several threads.
    """

    def __init__(
        self,
        resolve: Resolve,
        compute: Compute,
        candles: Callable[[str, str], CandleReader],
        placement: Placement | None = None,
    ) -> None:
        self._deployments = Deployments(resolve)
        self._compute = compute
        self._reader = candles
        self._placement = placement
        self._readers: dict[tuple[str, str], CandleReader] = {}
        self._windows: dict[int, _Windows] = {}
        self._values: list[Values] = []

    def prepare(self, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
        """Compute the values of a page's periods; the rest of the page waits for trading."""
        handled = _handled(connection)
        self._deployments.read(connection)
        rows = [row for row in rows if row.position <= handled]
        self._values = [values for row in rows for values in self._values_of(row)]
        return rows

    def project(self, cursor: Cursor, page: Page) -> None:  # noqa: ARG002 prepared before
        """Write what was computed for the page."""
        if self._values:
            write(cursor, self._values)

    def _values_of(self, row: Row) -> list[Values]:
        match row.topic:
            case "CandleRevised":
                self._forget(decode(row.topic, row.state))
            case "PeriodClosed":
                period = decode(row.topic, row.state)
                assert isinstance(period, PeriodClosed)
                return self._values_at(row.position, period)
        return []

    def _forget(self, revised: object) -> None:
        assert isinstance(revised, CandleRevised)
        for windows in self._windows.values():
            windows.by_pair.pop(revised.pair, None)

    def _values_at(self, position: int, period: PeriodClosed) -> list[Values]:
        of = (period.exchange, period.timeframe)
        deployments = self._deployments.at(position, *of)
        if not deployments:
            return []
        reader = self._readers.setdefault(of, self._reader(*of))
        frame, closed_at = timeframe(period.timeframe), to_ms(period.at)
        open_time = closed_at - frame.ms
        late = reader.disturbed(closed_at, open_time, position)
        values = []
        for deployed in deployments:
            windows = self._windows_of(deployed, closed_at, frame, late)
            _extend(windows, deployed, reader, frame, open_time, position)
            numbers = {
                pair: self._numbers(deployed, window)
                for pair, window in windows.items()
                if window.may_signal and window.candles.open_time[-1] == open_time
            }
            there = {pair: each for pair, each in numbers.items() if each is not None}
            if there:
                values.append(Values(deployed, open_time, there, self._panels(deployed)))
        return values

    def _windows_of(
        self, deployed: Deployed, closed_at: int, frame: Timeframe, late: Set[str]
    ) -> dict[str, Window]:
        """The windows that hold all candles up to the period before, and no others."""
        windows = self._windows.setdefault(deployed.deployment, _Windows())
        follows = windows.closed_at == closed_at - frame.ms
        windows.closed_at = closed_at
        windows.by_pair = {
            pair: window for pair, window in windows.by_pair.items() if follows and pair not in late
        }
        return windows.by_pair

    def _panels(self, deployed: Deployed) -> list[str]:
        if self._placement is None:
            return []
        return [self._placement(each) for each in deployed.strategy.indicators().values()]

    def _numbers(self, deployed: Deployed, window: Window) -> list[float] | None:
        """The newest values, unless one is missing that is always there or their code fails."""
        strategy = deployed.strategy
        try:
            values = values_of(strategy, window.candles, window.timeframe, self._compute)
        except StrategyFailed:  # trading has told of it
            return None
        always = [values[name] for name, each in strategy.indicators().items() if not each.sparse]
        is_there = all(np.isfinite(array[-1]) for array in always)
        return [float(array[-1]) for array in values.values()] if is_there else None


def _extend(
    windows: dict[str, Window],
    deployed: Deployed,
    reader: CandleReader,
    frame: Timeframe,
    open_time: int,
    position: int,
) -> None:
    """Take in this period's candles; where no window is held, read all that it needs."""
    wanted = needed(open_time, frame, deployed.warm_up)
    pairs = chosen(deployed.pairs, reader.at(open_time, position))
    anew = [pair for pair in pairs if pair not in windows]
    newest = Needed(open_time, 1)
    for pair, candles in reader.traded(list(windows), open_time, position, newest).items():
        try:
            windows[pair].extend(candles)
        except LateCandle:
            anew.append(pair)
    for pair, candles in reader.traded(anew, open_time, position, wanted).items():
        windows[pair] = Window(frame, deployed.warm_up)
        windows[pair].reload(candles)


def _handled(connection: Connection) -> int:
    """How far trading has handled the market tape."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        handled: int | None = cursor.execute(_HANDLED).fetchone()
        return handled or 0


_HANDLED: LiteralString = """
    SELECT notification_id FROM trading.tape_tracking WHERE application_name = 'market'"""
