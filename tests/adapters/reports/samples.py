"""Reports to draw: seeded curves, trades by hand."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np

from adapters.reports.report import Report, ReportedRun
from domain.account.facts import TradeClosed
from domain.performance.curve import EquityCurve
from domain.performance.metrics import measure
from domain.times import from_ms
from tests.domain.performance.closed import HOUR, SINCE, trades_of
from tests.scenario import BTC, at

CAPITAL = Decimal(10_000)


def random_curve(count: int, seed: int = 7, *, every: int = HOUR) -> EquityCurve:
    """A seeded walk of equity around the capital."""
    steps = np.random.default_rng(seed).normal(0, 5, count)
    return EquityCurve(SINCE + every * (np.arange(count) + 1), 10_000 + np.cumsum(steps))


def run_of(
    trades: Sequence[TradeClosed], curve: EquityCurve | None = None, name: str = "plain"
) -> ReportedRun:
    """A run of a strategy that made these trades."""
    curve = random_curve(2_000) if curve is None else curve
    last = from_ms(int(curve.at[-1])) if len(curve) else at(0) + timedelta(hours=3)
    metrics = measure(trades, curve, capital=CAPITAL, first=at(0), last=last)
    return ReportedRun(name, metrics, curve, trades)


def report_of(*runs: ReportedRun, cut_short: bool = False) -> Report:
    """A report of runs that ended with the candles."""
    return Report(
        name="first try",
        strategy="cross",
        parameters={"fast": 10, "slow": 30},
        exchange="binance",
        pairs=(BTC,),
        timeframe="1h",
        quote="USDT",
        since=at(0),
        until=at(0) + timedelta(days=90),
        runs=runs,
        account={"capital": CAPITAL},
        reproduce={"Engine": "4", "Command": "papertape backtest --strategy cross"},
        cut_short=cut_short,
    )


SOME_TRADES = trades_of("30", "-10", "-20", "0", "15")
PLAIN = run_of(SOME_TRADES)
HARSH = run_of(trades_of("20", "-12", "-25", "-2", "5"), name="harsh")
