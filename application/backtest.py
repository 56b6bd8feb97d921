"""A backtest: accounts that trade over recorded candles as they would have, had they been there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from application.opinions import Resolve
from application.plans import AccountPlan
from application.replay.candles import Before, Loaded
from application.replay.closes import Closes, derived, place_of
from application.replay.hearing import Heard, hear
from application.replay.lane import Chapter, Lane, Stretch
from application.setup import apply_plan
from domain.account.state import Account, Deployment
from domain.candles import Candles
from domain.markets import MarketRules
from domain.strategies.evaluate import Compute
from domain.timeframes import timeframe
from domain.times import from_ms

Tick = Callable[[], None]
"""Is called now and then while strategies are listened to; it may raise to stop."""


@dataclass(frozen=True, slots=True)
class Span:
    """Candles by timeframe and pair that are in memory at once.

    Trading lives through the closes behind `since` up to `until` (ms); candles before warm up, and
    what lies before those is asked of `before`, by timeframe.
    """

    candles: Mapping[str, Mapping[str, Candles]]
    since: int
    until: int
    before: Mapping[str, Before] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of an exchange: the rules of its markets, and spans that follow each other.

    Each span is taken when the one before is done, so that a long history need not be in memory.
    """

    exchange: str
    rules: Mapping[str, MarketRules]
    spans: Iterable[Span]


@dataclass(slots=True)
class Outcome:
    """What became of an account: its state at the end, and the facts of each period."""

    plan: AccountPlan
    account: Account
    chapters: list[Chapter] = field(default_factory=list)


class Hearing:
    """What deployed strategies say of a span's candles; each is listened to once."""

    def __init__(
        self, loaded: Mapping[str, Loaded], since: int, compute: Compute, resolve: Resolve,
        tick: Tick,
    ) -> None:  # fmt: skip
        self._loaded = loaded
        self._since = since
        self._compute = compute
        self._resolve = resolve
        self._tick = tick
        self._heard: dict[tuple[str, str], Heard] = {}

    def __call__(self, deployed: Deployment, pair: str) -> Heard:
        key = (repr(deployed), pair)
        if key not in self._heard:
            self._heard[key] = self._hear(deployed, pair)
        return self._heard[key]

    def _hear(self, deployed: Deployment, pair: str) -> Heard:
        strategy = self._resolve(deployed.strategy, deployed.source, deployed.parameters)
        candles = self._loaded[deployed.timeframe].rows_of(pair).candles
        frame, warm_up = timeframe(deployed.timeframe), deployed.warm_up
        assert warm_up is not None
        return hear(
            strategy, warm_up, pair, candles, frame, self._since, self._compute, self._tick
        )  # fmt: skip


def backtest(
    recorded: Recorded, plans: Sequence[AccountPlan], compute: Compute, resolve: Resolve,
    tick: Tick = lambda: None,
) -> list[Outcome]:  # fmt: skip
    """What the accounts do, each for itself: the facts that trading would have written.

    Their periods are all closes of their timeframes, each seen at once. Where `tick` stops it with
    KeyboardInterrupt, the outcomes are those up to there.
    """
    outcomes = [Outcome(plan, Account(plan.name)) for plan in plans]
    try:
        for span in recorded.spans:
            stretch = _stretch(recorded, span, compute, resolve, tick)
            for outcome in outcomes:
                _live(outcome, stretch, span)
    except KeyboardInterrupt:
        pass
    return outcomes


def _stretch(
    recorded: Recorded, span: Span, compute: Compute, resolve: Resolve, tick: Tick
) -> Stretch:
    frames = [timeframe(name) for name in span.candles]
    loaded = {
        frame.name: Loaded(frame, span.candles[frame.name], span.before.get(frame.name))
        for frame in frames
    }
    closes = derived(frames, span.since, span.until)
    hearing = Hearing(loaded, span.since, compute, resolve, tick)
    return Stretch(recorded.exchange, loaded, closes, recorded.rules, hearing)


def _live(outcome: Outcome, stretch: Stretch, span: Span) -> None:
    """Live through a span; an account is opened with its first period."""
    account, chapters = outcome.account, outcome.chapters
    first = _first(stretch.closes)
    if first is not None and not account.is_open:
        at, place = int(first.at[0]), int(first.places[0])
        opened = apply_plan(account, outcome.plan, from_ms(at), 0)
        chapters.append(Chapter(place, first.frame.name, at, opened))
    if account.is_open:
        chapters.extend(Lane(account, place_of(span.since)).live(stretch, place_of(span.until)))


def _first(closes: Mapping[str, Closes]) -> Closes | None:
    """The closes of the timeframe that comes first."""
    there = (each for each in closes.values() if len(each))
    return min(there, key=lambda each: int(each.places[0]), default=None)
