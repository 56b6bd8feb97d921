"""An account that is asked at every period, with opinions candle by candle, as a bot lives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile

from adapters.indicators.engine import compute
from application.backtest import Recorded, Span
from application.plans import AccountPlan, StrategyPlan
from application.setup import apply_plan
from domain.account.decide import decide
from domain.account.facts import AccountFact
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account
from domain.blocks import Window
from domain.candles import Candle, Candles
from domain.markets import chosen
from domain.strategies.evaluate import StrategyFailed, opinion
from domain.timeframes import Timeframe, timeframe
from domain.times import from_ms


@dataclass
class Seen:
    """The candles of a timeframe up to a close, as an account asks for them."""

    candles: Mapping[str, list[Candle]]
    closed_at: int
    length: int

    def get(self, pair: str) -> Candle | None:
        newest = self.candles[pair][-1:]
        return newest[0] if newest and newest[0].open_time + self.length == self.closed_at else None

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        later = takewhile(lambda each: each.open_time >= since, reversed(self.candles[pair]))
        found = [each for each in later if each.open_time < min(until, self.closed_at)]
        return (max(c.high for c in found), min(c.low for c in found)) if found else None

    def last(self, pair: str) -> Decimal | None:
        return self.candles[pair][-1].close if self.candles[pair] else None


@dataclass
class Course:
    """What has happened in a timeframe so far."""

    frame: Timeframe
    coming: Mapping[str, Candles]
    seen: dict[str, list[Candle]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    windows: dict[tuple[str, int], Window] = field(default_factory=dict)

    def go_to(self, close: int, plan: AccountPlan) -> None:
        for pair, candles in self.coming.items():
            row = self.rows.setdefault(pair, 0)
            while row < len(candles) and candles.open_time[row] + self.frame.ms <= close:
                self.seen.setdefault(pair, []).append(candles.candle(row))
                for each in self.plans(plan):
                    key = each.strategy.name + pair, each.warm_up
                    window = self.windows.setdefault(key, Window(self.frame, each.warm_up))
                    window.extend(candles[row : row + 1])
                row += 1
            self.rows[pair] = row

    def plans(self, plan: AccountPlan) -> list[StrategyPlan]:
        return [each for each in plan.strategies if each.timeframe == self.frame.name]

    def said(self, close: int, plan: AccountPlan) -> Iterator[Opinion | Failure]:
        for each in sorted(self.plans(plan), key=lambda each: each.strategy.name):
            for pair in chosen(plan.pairs, self.coming):
                window = self.windows.get((each.strategy.name + pair, each.warm_up))
                times = window.candles.open_time[-1:].tolist() if window else []
                if window is None or times != [close - self.frame.ms]:
                    continue
                try:
                    found = opinion(each.strategy, pair, window, compute)
                except StrategyFailed as failed:
                    yield Failure(each.strategy.name, pair, str(failed))
                else:
                    if found is not None:
                        yield found


def live(recorded: Recorded, span: Span, plan: AccountPlan) -> list[AccountFact]:
    """All facts of an account that lives through all periods."""
    account = Account(plan.name)
    courses = [
        Course(timeframe(name), span.candles[name])
        for name in sorted(span.candles, key=lambda name: timeframe(name).ms)
    ]
    facts = list[AccountFact]()
    for close, course in _closes(span, courses):
        if not facts:
            facts += apply_plan(account, plan, from_ms(close), 0)
        course.go_to(close, plan)
        facts += decide(account, _period(recorded, course, close, plan))
    return facts


def _closes(span: Span, courses: list[Course]) -> Iterator[tuple[int, Course]]:
    shortest = min((course.frame for course in courses), key=lambda frame: frame.ms)
    for close in range(span.since + shortest.ms, span.until + 1, shortest.ms):
        yield from ((close, each) for each in courses if each.frame.open_of(close) == close)


def _period(recorded: Recorded, course: Course, close: int, plan: AccountPlan) -> Period:
    seen = Seen({pair: course.seen.get(pair, []) for pair in course.coming}, close, course.frame.ms)
    said = list(course.said(close, plan))
    return Period(
        exchange=recorded.exchange,
        timeframe=course.frame.name,
        closed_at=from_ms(close),
        seen_at=from_ms(close),
        candles=seen,
        rules=recorded.rules,
        history=seen,
        opinions=[each for each in said if isinstance(each, Opinion)],
        failures=[each for each in said if isinstance(each, Failure)],
    )
