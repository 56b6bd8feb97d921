"""What a life came to in a span of time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.lives.life import Life
from domain.account.facts import AccountFact, AccountOpened, SignalDeclined, TradeClosed
from domain.account.state import Trade
from domain.performance.curve import EquityCurve
from domain.performance.metrics import Metrics, measure
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms
from domain.values import twelve_digits


@dataclass(frozen=True, slots=True)
class Lived:
    """Its metrics, equity curve, closed trades, and signals that were declined, by reason."""

    metrics: Metrics
    curve: EquityCurve
    trades: list[TradeClosed]
    declined: Mapping[str, int]


def measured(life: Life, since: int | None, until: int | None) -> Lived:
    """What a life came to between two moments (ms); without them, in whole."""
    opened = next(fact for fact in life.facts if isinstance(fact, AccountOpened))
    whole = life.marks.curve(life.told, opened.capital)
    first = _first(whole, life, opened.at, since)
    last = max(first, min(life.marks.newest, until or life.marks.newest))
    facts = [fact for close, told in life.told if first < close <= last + 1 for fact in told]
    trades = [fact for fact in facts if isinstance(fact, TradeClosed)]
    curve = whole.between(first, last)
    metrics = measure(
        trades,
        curve,
        capital=_capital(whole, first, opened.capital),
        first=from_ms(first),
        last=from_ms(last),
        open_trades=_open(life),
    )
    return Lived(metrics, curve, trades, _declined(facts))


def _first(whole: EquityCurve, life: Life, opened: datetime, since: int | None) -> int:
    """The open of the first period (ms), or the moment from which on is measured."""
    begun = int(whole.at[0]) if len(whole) else to_ms(opened)
    length = timeframe(life.account.timeframe).ms if life.account.timeframe else 0
    return max(begun - length, since or 0)


def _capital(whole: EquityCurve, first: int, capital: Decimal) -> Decimal:
    """What there was at the beginning."""
    before = int(whole.at.searchsorted(first, side="right"))
    return twelve_digits(float(whole.equity[before - 1])) if before else capital


def _open(life: Life) -> list[Trade]:
    return list(life.account.trades.values())


def _declined(facts: Iterable[AccountFact]) -> dict[str, int]:
    """Reasons with their counts, most frequent first."""
    reasons = Counter(fact.reason for fact in facts if isinstance(fact, SignalDeclined))
    return dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0])))
