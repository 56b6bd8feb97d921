"""What a report of a backtest tells, apart from how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.account.facts import TradeClosed
from domain.performance.curve import EquityCurve
from domain.performance.metrics import Metrics


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """One account over the candles, by its name: that of its fill model where there are several.

    `trades` are the closed ones in the order in which they were closed. `declined` counts signals
    by the reason's code. `warnings` are sentences.
    """

    name: str
    metrics: Metrics
    curve: EquityCurve
    trades: Sequence[TradeClosed] = ()
    declined: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest: what was asked, what became of it, and what gives the same again.

    - `parameters` are the strategy's, `account` what the account's terms are; both are shown as
      they are given, name by name.
    - `since` and `until` are the span that was asked for. `cut_short`: it was stopped before its
      end, and the runs end where it was.
    - `quote` is the currency of all amounts.
    - `runs` holds at least one, no two of one name; the page's headline is of the first.
    - `reproduce` is shown at the end: engine, source, candles, command line, name by name.
    """

    name: str
    strategy: str
    parameters: Mapping[str, object]
    exchange: str
    pairs: Sequence[str]
    timeframe: str
    quote: str
    since: datetime
    until: datetime
    runs: Sequence[ReportedRun]
    account: Mapping[str, object] = field(default_factory=dict)
    reproduce: Mapping[str, str] = field(default_factory=dict)
    cut_short: bool = False
