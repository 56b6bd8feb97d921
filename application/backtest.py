"""A backtest: accounts that trade over recorded candles as they would have, had they been there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field

from application.opinions import Resolve
from application.plans import AccountPlan
from application.replay.candles import Before, Loaded
from application.replay.closes import Closes, derived, place_of
from application.replay.hearing import Heard, hear
from application.replay.lane import Chapter, Lane, Stretch
from application.setup import apply_plan, deployments_of
from domain.account.state import Account, Deployment
from domain.candles import Candles
from domain.markets import MarketRules, chosen
from domain.strategies.evaluate import Compute
from domain.timeframes import timeframe
from domain.times import from_ms

Tick = Callable[[], None]
"""Is called now and then, while strategies are listened to and accounts trade; it may raise."""


@dataclass(frozen=True, slots=True)
class Span:
    """Candles by timeframe and pair that are in memory at once.

    Trading lives through the closes behind `since` up to `until` (ms); candles before warm up, and
    what lies before those is asked of `before`, by timeframe. `rules` are those of these days, None
    where they never changed; `delisted` are markets that were not offered.
    """

    candles: Mapping[str, Mapping[str, Candles]]
    since: int
    until: int
    before: Mapping[str, Before] = field(default_factory=dict)
    rules: Mapping[str, MarketRules] | None = None
    delisted: Set[str] = frozenset()


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

    def listen(self, plan: AccountPlan) -> None:
        """Listen to all strategies of a plan, for all of its pairs."""
        for deployed in deployments_of(plan).values():
            for pair in chosen(plan.pairs, self._loaded[deployed.timeframe].rows):
                self(deployed, pair)

    def _hear(self, deployed: Deployment, pair: str) -> Heard:
        strategy = self._resolve(deployed.strategy, deployed.source, deployed.parameters)
        candles = self._loaded[deployed.timeframe].rows_of(pair).candles
        frame, warm_up = timeframe(deployed.timeframe), deployed.warm_up
        assert warm_up is not None
        first = frame.open_of(self._since)  # of the candle that is the first to close behind it
        return hear(strategy, warm_up, pair, candles, frame, first, self._compute, self._tick)


def backtest(
    recorded: Recorded, plans: Sequence[AccountPlan], compute: Compute, resolve: Resolve,
    tick: Tick = lambda: None,
) -> list[Outcome]:  # fmt: skip
    """What the accounts do, each for itself: the facts that trading would have written.

    Their periods are all closes of their timeframes, each seen at once. Where `tick` stops it with
    KeyboardInterrupt, the outcomes are those up to there.
    """
    outcomes = [Outcome(plan, Account(plan.name)) for plan in plans]
    with suppress(KeyboardInterrupt):
        go_on(outcomes, recorded, compute, resolve, tick)
    return outcomes


def go_on(
    outcomes: Sequence[Outcome], recorded: Recorded, compute: Compute, resolve: Resolve,
    tick: Tick = lambda: None,
) -> None:  # fmt: skip
    """Let accounts live on, each by its plan, which may be another than before."""
    for span in recorded.spans:
        plans = [outcome.plan for outcome in outcomes]
        stretch = listen(recorded, span, plans, compute, resolve, tick)
        for outcome in outcomes:
            for _ in live(outcome, stretch, span):
                tick()


def listen(
    recorded: Recorded, span: Span, plans: Sequence[AccountPlan], compute: Compute,
    resolve: Resolve, tick: Tick = lambda: None,
) -> Stretch:  # fmt: skip
    """A span with all that the plans' strategies say of it."""
    frames = [timeframe(name) for name in span.candles]
    loaded = {
        frame.name: Loaded(frame, span.candles[frame.name], span.before.get(frame.name))
        for frame in frames
    }
    closes = derived(frames, span.since, span.until)
    hearing = Hearing(loaded, span.since, compute, resolve, tick)
    for plan in plans:
        hearing.listen(plan)
    rules = recorded.rules if span.rules is None else span.rules
    return Stretch(recorded.exchange, loaded, closes, rules, hearing, span.delisted)


def live(outcome: Outcome, stretch: Stretch, span: Span) -> Iterator[Chapter]:
    """Live through a span; with its first period an account is brought to its plan.

    Each chapter is among those of the outcome when it is given.
    """
    for chapter in _chapters(outcome, stretch, span):
        outcome.chapters.append(chapter)
        yield chapter


def _chapters(outcome: Outcome, stretch: Stretch, span: Span) -> Iterator[Chapter]:
    first = _first(stretch.closes)
    if first is None:
        return
    at, place = int(first.at[0]), int(first.places[0])
    if set_up := apply_plan(outcome.account, outcome.plan, from_ms(at), 0):
        yield Chapter(place, first.frame.name, at, set_up)
    yield from Lane(outcome.account, place_of(span.since)).live(stretch, place_of(span.until))


def _first(closes: Mapping[str, Closes]) -> Closes | None:
    """The closes of the timeframe that comes first."""
    there = (each for each in closes.values() if len(each))
    return min(there, key=lambda each: int(each.places[0]), default=None)
