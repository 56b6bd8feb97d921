"""One account, replayed: from one period that can change it to the next."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from application.replay.candles import AtClose, Loaded
from application.replay.closes import Closes
from application.replay.ears import Ears
from application.replay.hearing import Heard
from application.replay.watch import Watch
from domain.account.decide import decide
from domain.account.facts import AccountFact
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account, Deployment, Order, Trade
from domain.account.waking import NEVER, Alarm, Bounds, alarm
from domain.candles import Candle
from domain.markets import MarketRules, chosen


@dataclass(frozen=True, slots=True)
class Stretch:
    """What holds while no candle comes late or is revised, and no market's listing changes.

    By timeframe: the candles that are loaded, and the closes. `late` holds by a period's place the
    candles that came late before it. `hear` is what a deployed strategy says of a pair.
    """

    exchange: str
    loaded: Mapping[str, Loaded]
    closes: Mapping[str, Closes]
    rules: Mapping[str, MarketRules]
    hear: Callable[[Deployment, str], Heard]
    delisted: Set[str] = frozenset()
    late: Mapping[int, Sequence[tuple[str, Candle]]] = field(default_factory=dict)


class Chapter(NamedTuple):
    """The facts that a period led to; its place, its timeframe and its close (ms)."""

    place: int
    timeframe: str
    close: int
    facts: list[AccountFact]


class _Wake(NamedTuple):
    place: int
    course: "_Course"
    number: int


class Lane:
    """An account that has lived through all periods up to `place`."""

    def __init__(self, account: Account, place: int = -1) -> None:
        self.account = account
        self.place = place

    def live(self, stretch: Stretch, until: int) -> Iterator[Chapter]:
        """What happens behind `place` up to the place `until`; periods without facts are left out.

        Periods that cannot change the account are passed over.
        """
        life = _Life(self.account, stretch, self.place)
        while (wake := life.next()) is not None and wake.place <= until:
            assert wake.place > self.place, "a period is decided once"
            facts = decide(self.account, life.period(wake))
            self.place = wake.place
            if facts:
                course = wake.course
                yield Chapter(wake.place, course.frame, course.close(wake.number), facts)
        self.place = max(self.place, until)


class _Course:
    """The closes of one timeframe, the next of which is `number`, and what is heard at them."""

    def __init__(self, closes: Closes, loaded: Loaded, ears: Ears | None, place: int) -> None:
        self.frame = closes.frame.name
        self.closes = closes
        self.loaded = loaded
        self.ears = ears
        self.number = self.first = closes.first_behind(place)

    @property
    def is_over(self) -> bool:
        return self.number >= len(self.closes)

    def close(self, number: int) -> int:
        return int(self.closes.at[number])

    def wake(self, number: int) -> _Wake | None:
        """The wake at a period, if there is one of that number."""
        if number >= len(self.closes):
            return None
        return _Wake(int(self.closes.places[number]), self, number)

    def heard(self, account: Account) -> _Wake | None:
        """The next period at which something is said that the account must hear."""
        if self.ears is None or self.is_over:
            return None
        close = self.ears.next(self.close(self.number), account.trades.values())
        return None if close == NEVER else self.wake(self.closes.first_from(close))

    def pass_over(self, wake: _Wake) -> None:
        """Go on behind a wake."""
        if wake.course is self:
            self.number = wake.number + 1
        else:
            self.number = self.closes.first_behind(wake.place)


class _Life:
    """A stretch of an account's life."""

    def __init__(self, account: Account, stretch: Stretch, place: int) -> None:
        self._account = account
        self._stretch = stretch
        self._courses = {name: self._course(name, place) for name in self._frames()}
        self._own = self._courses[account.timeframe]
        self._watches: dict[Bounds, Watch] = {}

    def next(self) -> _Wake | None:
        """The next period that can change the account."""
        heard = [course.heard(self._account) for course in self._courses.values()]
        first = min((wake for wake in heard if wake is not None), default=None)
        own = self._own_wake(first)
        return first if own is None or (first is not None and first <= own) else own

    def period(self, wake: _Wake) -> Period:
        """What the account sees; it lives on behind it."""
        course, number, stretch = wake.course, wake.number, self._stretch
        close = course.close(number)
        candles = AtClose(course.loaded, close)
        said = course.ears.at(close, self._concerns()) if course.ears else []
        for each in self._courses.values():
            each.pass_over(wake)
        return Period(
            stretch.exchange,
            course.frame,
            course.closes.closed_at(number),
            course.closes.seen(number),
            candles,
            stretch.rules,
            candles,
            [each for each in said if isinstance(each, Opinion)],
            [each for each in said if isinstance(each, Failure)],
            stretch.late.get(wake.place, ()),
            stretch.delisted,
        )

    def _own_wake(self, other: _Wake | None) -> _Wake | None:
        """The next period of the execution timeframe that can change it, before another wake."""
        own = self._own
        if own.is_over:
            return None
        when = alarm(self._account)
        if when.always or own.number == own.first or self._must_freeze():
            return own.wake(own.number)
        number = max(own.number, own.closes.first_from(when.at))
        until = other.course.close(other.number) if other is not None else NEVER
        return own.wake(min(number, self._reached(when, until)))

    def _must_freeze(self) -> bool:
        """Whether a trade was opened in a market that is gone."""
        delisted, trades = self._stretch.delisted, self._account.trades.values()
        return any(trade.frozen != (trade.pair in delisted) for trade in trades)

    def _concerns(self) -> Iterator[Trade | Order]:
        yield from self._account.trades.values()
        yield from self._account.orders.values()

    def _reached(self, when: Alarm, until: int) -> int:
        """The first period whose candle reaches a bound, if it opens before `until` (ms)."""
        own = self._own
        since = own.close(own.number) - own.closes.frame.ms
        self._watches = {each: self._watch(each, since) for each in when.bounds}
        found = [watch.first(since, until) for watch in self._watches.values()]
        opened = min((each for each in found if each is not None), default=NEVER)
        return own.closes.first_from(opened + own.closes.frame.ms)

    def _watch(self, bounds: Bounds, since: int) -> Watch:
        known = self._watches.get(bounds)
        return known or Watch(self._own.loaded.rows_of(bounds.pair), bounds, since)

    def _frames(self) -> set[str]:
        """The timeframes that concern the account and have closes here."""
        of_strategies = {each.timeframe for each in self._account.strategies.values()}
        return {self._account.timeframe, *(of_strategies & self._stretch.closes.keys())}

    def _course(self, name: str, place: int) -> _Course:
        stretch, deployed = self._stretch, self._account.strategies
        here = [deployed[each] for each in sorted(deployed) if deployed[each].timeframe == name]
        ears = self._ears(here, stretch.loaded[name]) if here else None
        return _Course(stretch.closes[name], stretch.loaded[name], ears, place)

    def _ears(self, deployed: Sequence[Deployment], loaded: Loaded) -> Ears:
        heard = {
            (each.strategy, pair): self._stretch.hear(each, pair)
            for each in deployed
            if each.warm_up is not None
            for pair in chosen(self._account.pairs, loaded.rows)
        }
        return Ears(heard, everything=alarm(self._account).by_any_opinion)
