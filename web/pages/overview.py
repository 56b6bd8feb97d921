"""What the page shows, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from adapters.charts.candle_chart import ChartContent
from domain.candles import Series
from domain.timeframes import timeframe
from projections.accounts import AccountRow, accounts
from projections.exchanges import ExchangeRow, exchanges
from projections.health import Health
from projections.locks import LockRow, active_locks
from projections.orders import OrderRow, orders
from projections.scans import PeriodRow, newest_periods
from projections.scans_health import ScansHealth, scans_health
from projections.signals import SignalRow, signals
from projections.trades import TradeRow, trades
from web.charts.content import chart_content, fingerprint
from web.charts.routes import address_of, name_of
from web.database import Connection
from web.rest.status import Progress, followers, heads

_SHOWN = 12
_MANY = 100
_WORST = 5
_GRACE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of the chosen series; `version` changes with what it shows."""

    series: Series
    address: str
    version: str
    described: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page. `recorded_at` is when the newest period was written."""

    epoch: str
    events: int
    now: datetime
    recorded_at: datetime | None
    periods: list[PeriodRow]
    exchanges: list[ExchangeRow]
    scans: ScansHealth
    followers: list[Progress]
    chart: Chart | None
    series: Sequence[Series]
    accounts: list[AccountRow]
    locks: list[LockRow]
    waiting_orders: list[OrderRow]
    open_trades: list[TradeRow]
    closed_trades: list[TradeRow]
    signals: list[SignalRow]

    @property
    def newest(self) -> PeriodRow | None:
        """The period that was written last."""
        return max(self.periods, key=lambda row: row.position, default=None)

    @property
    def state(self) -> str:
        """`waiting` before the first period, `running` while they come, else `quiet`.

        `stalled` while an exchange is.
        """
        if self.stalled:
            return "stalled"
        if self.newest is None or self.recorded_at is None:
            return "waiting"
        shortest = min(timeframe(row.timeframe).ms for row in self.periods)
        patience = timedelta(milliseconds=shortest) + _GRACE
        return "running" if self.now - self.recorded_at <= patience else "quiet"

    @property
    def behind(self) -> int:
        """How many events the slowest follower has still to take in."""
        return max((row.lag for row in self.followers), default=0)

    @property
    def stalled(self) -> list[ExchangeRow]:
        """Exchanges that show no sign of life."""
        return [row for row in self.exchanges if row.stalled]

    @property
    def left_alone(self) -> list[ExchangeRow]:
        """Exchanges that want no request for a while."""
        return [row for row in self.exchanges if row.wait_until]

    def held(self, account: str) -> list[LockRow]:
        """The locks and halts of an account, halts first."""
        rows = [row for row in self.locks if row.account == account]
        return sorted(rows, key=lambda row: row.pair or "")

    @property
    def worst(self) -> list[Health]:
        """The first few markets in trouble."""
        return self.scans.worst[:_WORST]


_RECORDED: LiteralString = """
    SELECT now(), (SELECT recorded_at FROM market.tape_events WHERE notification_id = %s)"""


def overview(connection: Connection, wanted: str | None) -> Overview:
    """The page's content; `wanted` names a series as its chart's address does."""
    periods = newest_periods(connection)
    newest = max((row.position for row in periods), default=0)
    times = connection.execute(_RECORDED, [newest]).fetchone()
    assert times is not None
    tapes = heads(connection)
    known = _series(connection)
    rows = accounts(connection)
    return Overview(
        epoch=tapes.epoch,
        events=tapes.market + tapes.trading,
        now=times[0],
        recorded_at=times[1],
        periods=periods,
        exchanges=exchanges(connection),
        scans=scans_health(connection),
        followers=followers(connection),
        chart=_chart(connection, _chosen(known, rows, wanted)),
        series=known,
        accounts=rows,
        locks=active_locks(connection),
        waiting_orders=orders(connection, status="waiting", limit=_MANY),
        open_trades=trades(connection, status="open", limit=_MANY),
        closed_trades=trades(connection, status="closed", limit=_SHOWN),
        signals=signals(connection, limit=_SHOWN),
    )


_SERIES: LiteralString = """
    SELECT s.exchange, s.pair, s.timeframe
    FROM market.series AS s LEFT JOIN read.markets AS m USING (exchange, pair)
    ORDER BY m.delisted_at IS NOT NULL, s.exchange, s.pair, s.timeframe"""


def _series(connection: Connection) -> list[Series]:
    """All series, those of delisted markets last."""
    return [Series(*row) for row in connection.execute(_SERIES)]


def _chosen(
    known: Sequence[Series], rows: Sequence[AccountRow], wanted: str | None
) -> Series | None:
    """The wanted series; else the first that an account trades; else the first."""
    for series in known:
        if wanted == name_of(series):
            return series
    traded = {(row.exchange, row.timeframe) for row in rows}
    first = [series for series in known if (series.exchange, series.timeframe) in traded]
    return next(iter(first or known), None)


def _chart(connection: Connection, series: Series | None) -> Chart | None:
    if series is None:
        return None
    content = chart_content(connection, series)
    return Chart(series, address_of(series), fingerprint(content), _described(content))


def _described(content: ChartContent) -> str:
    """The chart for those who do not see it."""
    candles = content.candles
    if not len(candles):
        return f"{content.pair}: no candles yet"
    return (
        f"{content.pair} on {content.exchange}, the last {len(candles)} candles of"
        f" {content.timeframe}: from {candles.close[0]:g} to {candles.close[-1]:g}, highest"
        f" {candles.high.max():g}, lowest {candles.low.min():g}; {len(content.trades)} trades"
    )
